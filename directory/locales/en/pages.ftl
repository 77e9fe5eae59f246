# Overview, devices, sessions, relays, enrolment, audit.

overview-title = Overview
overview-reachable = { $of ->
    [one] of { $of } device reachable
   *[other] of { $of } devices reachable
}
overview-sessions = { $count ->
    [one] session now
   *[other] sessions now
}
overview-pending = { $count ->
    [one] device waits for approval
   *[other] devices wait for approval
}
overview-relays = { $of ->
    [one] of { $of } relay connected
   *[other] of { $of } relays connected
}
overview-open = Connected now
overview-open-all = All { $count } sessions
overview-latest = What happened last
overview-latest-all = Everything that was recorded
overview-first-relay = First, a relay
overview-relay-ticket = Devices and viewers meet at a relay. On the directory's machine, make a ticket:
overview-relay-use = On the relay's machine, use it and start the relay:
overview-no-relay = No relay is connected, so no device can be reached. Start a relay, or check its log.
overview-then-devices = Then, devices
overview-devices-how = A ticket makes a device known. Make one and run the command that it comes with on the device.

devices-title = Devices
devices-sum = { $count ->
    [one] { $count } device
   *[other] { $count } devices
} · { $reachable } reachable
devices-found = { $count } found
devices-more = more devices
devices-found-more = { $count } or more found
devices-not-searched = not searched
search-help = Words look everywhere. Narrow down with os:windows, customer:"Oslo Shops", tag:till, online:yes, heard:>7d; a minus in front turns a part round.
quick-reachable = reachable now
quick-quiet = not heard for a week
devices-none-found = No device matches { $search }.
devices-show-all = Show all devices
devices-no-more = There are no more devices on this page.
devices-first-page = Show the first page
devices-none = No devices yet. Make a ticket here, or on the directory's machine:
devices-then = Then, on the device:
device-asks-nobody = asks nobody
device-asks-nobody-why = The directory alone can open this device: nobody there is asked.

sessions-title = Sessions
sessions-none = Nobody is connected to a device now.
sessions-none-more = Sessions appear here as soon as a viewer asks for one.
sessions-before = Earlier
delay-input = { $half } ms (95 %: { $most } ms)
delay-picture = { $half } ms (95 %: { $most } ms), no input
delay-slow = { $half } ms, at times over 1 s

relays-title = Relays
relays-none = No relays yet. On the directory's machine:
relays-another = Another relay

enrolment-title = Enrolment
ticket-run = { $count ->
    [one] Run this on the device, as the user who owns the screen:
   *[other] Run this on up to { $count } devices, as the user who owns the screen:
}
ticket-until = The ticket works until { $time }.
ticket-queued = Each device then waits below for approval.
ticket-once = It is shown only once: copy it now.
ticket-another = Another ticket
ticket-how-many = How many devices
ticket-how-many-wrong = A ticket enrols 1 to { $most } devices.
ticket-works-for = The ticket works for
ticket-queue = Each device waits until somebody approves it
ticket-queue-why = Use this when the ticket travels by mail or lies in a script.
ticket-proof = A ticket that lets devices in at once needs a fresh proof that it is you.
ticket-make = Make a ticket
pending-title = Devices that wait for approval
pending-none = None.

audit-title = Audit
audit-sum = { $all ->
    [one] { $all } record
   *[other] { $all } records
}
audit-found = { $count ->
    [one] { $count } record fits
   *[other] { $count } records fit
}
audit-found-more = more than { $count } records fit
audit-found-uncounted = the records that fit, newest first
audit-not-searched = not searched
audit-search = Search the record
audit-person = Person
audit-chain = Customer or organisation
audit-everything = everything
audit-from = from
audit-to = to
audit-none = No record fits.
audit-show-all = Show all records
audit-organisation = Organisation
audit-former-customer = a former customer
audit-export = Export…
audit-export-what = A signed file that can be verified anywhere. That it was taken out is recorded.
audit-verify-now = Verify now
audit-signed = { $chain } was signed up to record { $record },
audit-unsigned = { $records ->
    [one] { $records } newer record is signed within five minutes
   *[other] { $records } newer records are signed within five minutes
}
audit-whole = { $records ->
    [one] The chain is whole: its only record stands.
   *[other] The chain is whole: all { $records } records follow from each other.
}
audit-broken = The chain does not hold: { $why }. Keep this database as evidence and compare it with a backup.
audit-too-long = These are too many records to verify before the page is shown.

## One device

trail = Where this is
tab-general = General
tab-inventory = Inventory
tab-health = Health
tab-events = Events
tab-settings = Settings
connect = Connect
connect-opens = Opens the viewer on this machine, which asks before it connects
save = Save
device-version = Host version
device-consent = Consent
device-asks = A person at the device is asked every time.
device-key = Key
device-id = Id
device-session-now = Session now
device-session-none = Nobody is connected.
device-sessions-none = Nobody was ever connected to this device.
events-none = Nothing is recorded about this device yet.
health-not-yet = Not yet: this version does not watch processor, memory, disk, firewall, antivirus and updates.
health-not-yet-more = What the device can do right now is in its inventory, under self-test.
inventory-reported = Reported
inventory-none = This device has not reported its machine yet.
inventory-none-more = It does so when its host starts, and when something changes.
inventory-machine = Machine
inventory-kernel = Kernel
inventory-model = Model
inventory-serial = Serial number
inventory-cpu = Processor
inventory-cores = { $n ->
    [one] { $n } core
   *[other] { $n } cores
}
inventory-memory = Memory
inventory-disks = Disks
inventory-monitors = Monitors
inventory-networks = Networks
inventory-people = Logged on
inventory-checks = Self-test
inventory-checks-none = The host has not tested itself yet.
inventory-software = Software
inventory-software-show = Show the list
inventory-changes = What changed
check-ok = works
check-failed = does not work
check-unknown = not known
column-before = Before
column-after = After
remove-heading = Remove this device
remove-meaning = Its session ends, its key is worth nothing any more, and it disappears from the catalogue. For ten minutes this can be undone.
remove-go = Remove…
remove-title = Remove { $device }?
remove-what = { $device } of { $customer } disappears from the catalogue. A session on it ends at once, and its host is refused from then on. What was recorded stays.
remove-again = For ten minutes you can put it back from the list of devices. After that it has to be enrolled with a new ticket.
remove-button = Remove the device

## Customers, sites and groups

customers-title = Customers
customers-find = Find a customer
customers-none = No customer of that name.
customers-more = { $more } more: search for a part of the name.
customer-add = Add a customer
customer-change = This customer
customer-remove = Remove the customer
customer-remove-what = A customer can be removed once nothing stands at it any more.
column-places = Sites and groups
places-none = No sites or groups yet. Devices stand at the customer itself.
place-site = site
place-group = group
place-add = Add a site or group
place-kind = Kind
place-inside = Inside
place-remove-what = Its devices move up to where it lies.
add = Add
change = Change
rename = Rename
move = Move
remove = Remove

## Many devices at once

act-do = With the selected
act-all = With all that are found
act-tag = Tag
act-untag = Take a tag off
act-move = Move
act-approve = Approve
act-remove = Remove
act-tag-name = Tag
act-to = Customer / site / group
act-preview = Preview
act-select-all = Select all on this page
act-select = Select { $name }
act-undo = Undo
act-nobody = This would change no device.
act-these = It is these:
act-more = and { $more } more
act-undo-window = For ten minutes this can be undone on the page of devices.
did-tag = { $count ->
    [one] Tag { $count } device { $tag }
   *[other] Tag { $count } devices { $tag }
}
did-untag = { $count ->
    [one] Take { $tag } off { $count } device
   *[other] Take { $tag } off { $count } devices
}
did-move = { $count ->
    [one] Move { $count } device to { $place }
   *[other] Move { $count } devices to { $place }
}
did-field = { $count ->
    [one] Fill in { $field } of { $count } device
   *[other] Fill in { $field } of { $count } devices
}
did-approve = { $count ->
    [one] Approve { $count } device
   *[other] Approve { $count } devices
}
did-remove = { $count ->
    [one] Remove { $count } device
   *[other] Remove { $count } devices
}
did-done = Done: { $what }.

scope-view = see the screen
scope-control = mouse and keyboard
scope-clipboard-in = put text on the clipboard
scope-clipboard-out = read the clipboard
scope-files = files
scope-audio = sound
scope-record = recording
