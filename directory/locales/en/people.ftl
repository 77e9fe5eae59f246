# People and groups.

people-title = People
people-sum = { $count ->
    [one] { $count } person
   *[other] { $count } people
}
people-find = Find somebody by name or address
people-none = Nobody fits { $search }.
people-all = Show everybody
people-no-role = no role yet
column-email = E-mail address
column-roles = Roles
column-role = Role
column-where = Where
column-through = Through
column-members = People

person-enabled = can sign in
person-disabled = disabled
person-may = What this person may do
person-may-nothing = Nothing yet: no role is given to this person or to a group of theirs.
person-test = Try out what this person may do somewhere
person-viewers = Viewers
person-viewers-none = This person has not signed in with a viewer.
person-tokens-none = No program acts in the place of this person.
person-sessions = Where this person is signed in
person-sessions-none = Nowhere.
person-sessions-end = Sign out everywhere
person-manage = Manage this person
reset-viewers = Remove their viewers too
reset-viewers-too = Their viewers are removed too: they would stay signed in otherwise.
person-reset = Make a password link
person-reset-what = A link lets this person choose a new password. Second factors stay.
person-disable = Disable
person-disable-what = Who is disabled is signed out everywhere, their sessions with devices end, and they may do nothing until they are enabled again.
person-enable = Enable again
person-remove = Remove this person
person-remove-title = Remove { $name }?
person-remove-what = { $email } is signed out everywhere, sessions with devices end, and roles, viewers and second factors are gone for good. What was recorded stays.
person-remove-instead = Somebody who may come back can be disabled instead.

person-invite = Invite a person
invite-email-hint = What the person signs in with.
invite-name-hint = They can change it when they come in.
invite-next = Who comes in may do nothing until you give them a role.
invite-open = Open their page
invite-another = Invite somebody else
link-hand-over = Hand this link to { $name } by a way that nobody else reads:
link-works = It works once, for { $span }. It is shown only now: copy it.

factors-none = none: the password alone signs in
factors-passkeys = { $count ->
    [one] { $count } passkey
   *[other] { $count } passkeys
}
factors-codes = { $count ->
    [one] { $count } recovery code left
   *[other] { $count } recovery codes left
}
factors-reset = Reset second factors
factors-reset-title = Reset the second factors of { $name }?
factors-reset-what = Authenticator app, passkeys and recovery codes are gone, and the person is signed out. The password alone signs in until they set up new ones.
factors-reset-sure = Do this only if you are certain who asks: it is a favourite way in for people who pretend.

groups-title = Groups
groups-sum = { $count ->
    [one] { $count } group
   *[other] { $count } groups
}
groups-none = No groups yet.
groups-what = People in a group hold together what is given to the group.
group-make = Make a group
group-empty = Nobody is in this group.
group-join = Put somebody into the group
group-admit = Add
group-leave = Take out
group-may = What this group may do
group-may-nothing = Nothing yet: no role is given to this group.
group-change = This group
group-remove = Remove this group
group-remove-means = Its people lose what they hold through it.
group-remove-title = Remove the group { $name }?
group-remove-what = { $members ->
    [0] Nobody is in it. The roles that it holds are gone.
    [one] { $members } person loses what they hold through it.
   *[other] { $members } people lose what they hold through it.
}
who-unknown = There is nobody of that address. Invite them first.
