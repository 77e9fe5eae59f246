# Zeiten, Zustände und Rechte.

now = jetzt
never = nie
ago = vor { $span }
ahead = in { $span }
span-seconds = { $n } s
span-minutes = { $n } min
span-hours = { $n } h
span-days = { $n ->
    [one] { $n } Tag
   *[other] { $n } Tagen
}
hours = { $n ->
    [one] { $n } Stunde
   *[other] { $n } Stunden
}
days = { $n ->
    [one] { $n } Tag
   *[other] { $n } Tage
}

state-reachable = erreichbar
state-recent = fort, { $when }
state-away = nicht erreichbar
state-never = nie gehört
state-waits = wartet auf Freigabe
state-expected = noch nicht aufgenommen
state-connected = verbunden
state-not-connected = nicht verbunden

session-granted = Gerät wird erreicht
session-asked = Person wird gefragt
session-live = verbunden
