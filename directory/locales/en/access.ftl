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

roles-title = Roles
roles-what = A role answers three questions apart: which devices are reached, what may be asked for in a session, and what may be done in the directory. Built-in roles stay as they are.
role-new = New role
role-make = Make the role
role-remove = Remove this role
role-remove-title = Remove the role { $name }?
role-remove-what = A role can be removed once nobody holds it.
role-change-what = Everybody who holds this role has the new rights at once.
role-held-only = You can give only what you hold yourself in the whole organisation, without an end.
role-reach = Ask for sessions with devices
role-unattended = Open sessions without asking at the device, where it allows that
role-inside-what = Counts only together with asking for sessions.
role-everything = everything
role-but = but not:
reach-no = no device
reach-asking = asks at the device
reach-unasked = also without asking, where the device allows it
column-reach = Reaches devices
column-inside = In a session
column-administer = In the directory
column-unasked = Without asking
column-answer = Answer
unasked-may = where the device allows it
unasked-may-not = no
about-people = People and roles
about-records = Record and settings

requests-title = Requests
requests-decide = For you to decide
requests-own = Yours
requests-over = Before
requests-none = Nothing waits.
requests-none-more = What needs a second person waits here, and what you ask for yourself.
request-you = You want to
request-wants = { $name } wants to
request-asked = asked
request-until = expires
request-answer = What you answer
request-answered = Answer:
request-approve = Approve
request-refuse = Refuse
request-withdraw = Take back
request-own-not = Nobody decides what they asked for themselves. A colleague who may decide requests sees it here.
request-open = waits
request-late = nobody decided in time
request-done = approved
request-approved = approved, do it now
request-not-done = approved, not done
request-refused = refused
request-withdrawn = taken back
request-do-remove = Remove the devices now
request-do-open = Go to the device
request-do-export = Go to the audit
wants-give-role = give { $to } the role { $role } at { $at }
wants-have-role = have the role { $role } at { $at } for { $span }
wants-remove-devices = { $count ->
    [one] remove { $count } device
   *[other] remove { $count } devices
}
wants-join-group = put { $who } into the group { $group }, which holds power over the organisation
wants-change-role = give everybody with the role { $role } in the whole organisation the right to:
wants-move-devices = { $count ->
    [one] move { $count } device to { $to }
   *[other] move { $count } devices to { $to }
}
wants-open-unasked = open a session with { $device } without asking there
wants-open-more = open more devices within an hour than one person may
wants-export-audit = take the record out
wants-loosen = ask a second person for less. The rules would be:

ask-title = Ask for a role
ask-what = For yourself, for a while. Somebody else decides; the time runs from then on.
ask-role-hint = One of the built-in roles, or the name of another one.
ask-role-unknown = There is no such role.
ask-place-hint = Where you need it: a customer, a site or group, or the whole organisation.
ask-span = For how long
ask-reason-hint = Whoever decides reads this: what for, which ticket.
ask-send = Ask

test-title = Tester
test-what = May somebody do something somewhere, and why? The answer comes from the rules that decide.
test-who = Who
test-who-hint = The e-mail address of a person.
test-who-unknown = There is nobody of that address whom you may see.
test-may = may
test-on = On the device
test-where-hint = A customer, a site or group of it, or the whole organisation.
test-ask = Ask the rules
test-because = Because of
test-otherwise = This would give it, at another time
test-again = Ask again
because-role = { $role } at { $place }
because-through = through the group { $group }

second-person-title = Second person
second-person-what = For these acts somebody else has to say yes before they happen.
second-give-power = Giving power over the whole organisation
second-give-power-why = By a role, a group or a wider role: to manage people or settings, to give or define roles, to decide requests.
second-export-audit = Taking the record out
second-remove-over = Removing more devices within an hour than
second-per-hour = Opening more different devices within an hour than
second-empty = Empty: nobody is asked.
second-unattended = Sessions without asking at devices of these customers, and moving their devices to others
second-unattended-hint = One name a line.
second-loosen = Asking for more holds at once. Asking for less waits for a second person itself.
second-number-wrong = This is not a whole number.
second-customer-unknown = There is no customer { $name }.
second-power = A second person for giving power over the whole organisation, by a role, a group or a wider role
second-removing = A second person for removing more than { $most } devices within an hour
second-opening = A second person for opening more than { $most } devices within an hour
second-unasked = A second person for sessions without asking at: { $customers }
second-export = A second person for taking the record out
second-nothing = Nothing asks for a second person.

access-tab-what = Who can reach this device now, and through what.
access-tab-test = Ask about one person.
access-tab-nobody = Nobody can reach this device now.
