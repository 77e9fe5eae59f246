# The list of devices: saved searches, columns, tables in and out, thirty days, copies.

devices-export = Export CSV
devices-import = Import CSV
searches-saved = Saved searches
search-shared = shared
search-save = Save this search
search-save-why = It becomes a group that fills itself. One of yours of the same name is replaced.
search-share = Everybody in the organisation may use it
search-forget = Forget { $name }
columns-choose = Columns
columns-show = Show these
columns-usual = The usual ones
column-history = Thirty days
strip-words = Heard on { $heard } of { $of } days
strip-day = { $day }: heard in { $hours } of 24 hours
act-field = Fill in a field
act-value = Value (empty clears it)
device-history = The last thirty days
device-tags = Tags

no-way-expected = It cannot be reached: no host is enrolled here yet. Enrol one with a ticket.
no-way-pending = It cannot be reached before somebody approves it.
no-way-never = It cannot be reached: its host was never heard. Start farpane-host on the device, and check that it reaches a relay.

twin-chip-of = copy
twin-chip-had = was copied
twin-of = This is a second machine that uses the identity of { $of }.
twin-of-next = It was probably made from a copy of that device's disk, and is turned away. To use it as a device of its own, make a ticket and run this on it; if you do not know it, remove it here and look for where the copy came from.
twin-had = A second machine uses the identity of this device. It is turned away; this one goes on.
twin-had-next = It was probably made from a copy of this device's disk. Enrol it anew or remove its record:
twin-record = the record of the second machine

import-proof = To make customers, too, you have to prove once more who you are.
import-title = Import devices
import-what = Devices are written into the catalogue before they enrol. All rows are checked first; nothing is written before you have seen what would happen.
import-headings = The first line names the columns; name and customer are needed:
import-file = A file from this computer
import-table = The table, as CSV
import-most = Tags stand with ; between them, sites and groups that lie in each other with /. { $most } KiB at most; larger ones go through farpane-directory device import FILE.
import-customers = Make customers that there are none of yet
import-places = Make sites and groups that there are none of yet
import-skip = Leave bad rows out and write the others
import-look = Check
import-run = { $devices ->
    [one] Import { $devices } device
   *[other] Import { $devices } devices
}
import-would = { $devices ->
    [one] This would write { $devices } device
   *[other] This would write { $devices } devices
}, make { $customers ->
    [one] { $customers } customer
   *[other] { $customers } customers
} and { $places ->
    [one] { $places } site or group
   *[other] { $places } sites and groups
}.
import-nothing = There is no device in this table.
import-would-not = Nothing would be written.
import-bad = { $bad ->
    [one] { $bad } row is not right:
   *[other] { $bad } rows are not right:
}
import-line = Line
import-why = What is wrong
import-done = { $devices ->
    [one] { $devices } device is expected now
   *[other] { $devices } devices are expected now
}; { $customers ->
    [one] { $customers } customer
   *[other] { $customers } customers
} and { $places ->
    [one] { $places } site or group was made
   *[other] { $places } sites and groups were made
}.
import-left-out = { $bad ->
    [one] { $bad } row was left out.
   *[other] { $bad } rows were left out.
}
import-show = Show them
