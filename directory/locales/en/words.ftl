# Times, states and rights.

now = now
never = never
ago = { $span } ago
ahead = in { $span }
span-seconds = { $n } s
span-minutes = { $n } min
span-hours = { $n } h
span-days = { $n ->
    [one] { $n } day
   *[other] { $n } days
}
hours = { $n ->
    [one] { $n } hour
   *[other] { $n } hours
}
days = { $n ->
    [one] { $n } day
   *[other] { $n } days
}

state-reachable = reachable
state-recent = away, { $when }
state-away = away
state-never = never heard
state-waits = waits for approval
state-expected = not enrolled yet
state-connected = connected
state-not-connected = not connected

session-granted = reaching the device
session-asked = waiting for the person
session-live = connected
