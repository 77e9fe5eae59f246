# Access: who may do what where, roles, requests, the tester.

access-title = Access
held-title = Who may what
held-find = Find a person, a group, a role or a place
held-own = These are the roles that you hold, by yourself and through groups.
held-none = No role is held here.
held-all = Show all
held-group = group
held-directly = by themselves
held-always = always
held-take = Take away
held-from = from { $time }
held-until = until { $time }
held-now = counts
held-ends = ends { $when }
held-later = not yet
held-other-hours = at other hours
held-over = over
place-whole = The whole organisation
give-title = Give a role

role-owner = Owner
role-administrator = Administrator
role-technician = Technician
role-observer = Observer
role-auditor = Auditor

day-mon = Mon
day-tue = Tue
day-wed = Wed
day-thu = Thu
day-fri = Fri
day-sat = Sat
day-sun = Sun

choose = Choose…
give-who = To whom
give-who-hint = The e-mail address of a person, or the name of a group.
give-who-unknown = There is no such person or group. Choose one from the list, or invite the person first.
give-role-hint = Only roles that you could give somewhere stand here: never more than you hold.
give-role-missing = Choose a role.
give-place-hint = A customer, a site or group of it, or the whole organisation. It holds there and below.
give-place-unknown = There is no such place. Choose one from the list: customer / site / group.
give-times = Only for a while, or at some hours
give-from = From (UTC)
give-from-hint = Empty: from now on.
give-until = Until (UTC)
give-until-hint = Empty: until somebody takes it away.
give-time-wrong = This is not a date with a time.
give-hours = At these hours of the week
give-hours-hint = Nothing ticked: always. The time zone is a name such as Europe/Oslo.
give-opens = From this time of day
give-closes = Until this time of day
give-zone = Time zone
give-days-wrong = Tick the days on which these hours hold.
give-times-wrong = These are not two different times of a day.
give-zone-wrong = The directory's machine knows no such time zone. Use a name such as Europe/Oslo, UTC or +01:00.
