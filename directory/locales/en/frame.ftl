# The frame around every page, and words that many pages share.

skip-to-content = Skip to the content
menu = Menu
close = Close
cancel = Cancel
copy = Copy
actions = Actions
approve = Approve
stop = Stop
search = Search
search-placeholder = Search devices by name, customer or system
search-devices = Search devices
sign-out = Sign out
theme-switch = Switch between light and dark
filter-remove = Remove the filter { $filter }
pages = Pages
page-previous = Previous
page-next = Next
to-overview = Go to the overview
enrol-device = Enrol a device

typed-again = What you had typed is here again.
keys-title = Keys
keys-search = Search devices
keys-move = Down or up a row
keys-open = Open the row
keys-select = Select the row
keys-escape = Leave a field or a window
keys-help = These keys
keys-on = Single keys work

column-name = Name
column-state = State
column-customer = Customer
column-system = System
column-person = Person
column-heard = Last heard
column-address = Address
column-devices = Devices
column-version = Version
column-who = Who
column-device = Device
column-rights = Rights
column-since = Since
column-reason = Reason
column-path = Path
column-when = When
column-lasted = Lasted
column-delay = Delay
column-ended = How it ended
column-key = Key
column-enrolled = Enrolled
column-number = No.
column-what = What

## Errors

lost-title = Nothing here
lost-sentence = There is no such page. The address may be old or mistyped.
failed-title = That did not work
broken-title = Something is broken
broken-sentence = The page could not be made. The directory's log says more.
store-title = The database does not answer
store-sentence = Try again in a moment; if it repeats, check the disk of the directory's server.

## Signing in

sign-in-title = Sign in
sign-in-to = Sign in to { $org }
sign-in-email = E-mail address
sign-in-password = Password
sign-in-button = Sign in

storage-full = The disk of the directory's server is full. Nothing can be recorded, so no session can start. Free some space there; everything goes on by itself.
storage-low = Little room is left on the disk of the directory's server. When it is full, no session can start.
