# Übersicht, Geräte, Sitzungen, Relays, Aufnahme, Prüfprotokoll.

overview-title = Übersicht
overview-reachable = { $of ->
    [one] von { $of } Gerät erreichbar
   *[other] von { $of } Geräten erreichbar
}
overview-sessions = { $count ->
    [one] laufende Sitzung
   *[other] laufende Sitzungen
}
overview-pending = { $count ->
    [one] Gerät wartet auf Freigabe
   *[other] Geräte warten auf Freigabe
}
overview-relays = { $of ->
    [one] von { $of } Relay verbunden
   *[other] von { $of } Relays verbunden
}
overview-first-relay = Zuerst ein Relay
overview-relay-ticket = Geräte und Viewer treffen sich an einem Relay. Erzeugen Sie auf dem Rechner des Verzeichnisses ein Ticket:
overview-relay-use = Lösen Sie es auf dem Rechner des Relays ein und starten Sie das Relay:
overview-no-relay = Kein Relay ist verbunden, deshalb ist kein Gerät erreichbar. Starten Sie ein Relay oder sehen Sie in sein Protokoll.
overview-then-devices = Dann Geräte
overview-devices-how = Ein Ticket macht ein Gerät bekannt. Erzeugen Sie eines und führen Sie den zugehörigen Befehl auf dem Gerät aus.

devices-title = Geräte
devices-sum = { $count ->
    [one] { $count } Gerät
   *[other] { $count } Geräte
} · { $reachable } erreichbar
devices-found = { $count } gefunden
devices-none-found = Kein Gerät passt zu { $search }.
devices-show-all = Alle Geräte zeigen
devices-no-more = Auf dieser Seite stehen keine Geräte mehr.
devices-first-page = Erste Seite zeigen
devices-none = Noch keine Geräte. Erzeugen Sie ein Ticket, hier oder auf dem Rechner des Verzeichnisses:
devices-then = Dann auf dem Gerät:
device-asks-nobody = fragt niemanden
device-asks-nobody-why = Das Verzeichnis allein kann dieses Gerät öffnen: Dort wird niemand gefragt.

sessions-title = Sitzungen
sessions-none = Gerade ist niemand mit einem Gerät verbunden.
sessions-none-more = Sitzungen erscheinen hier, sobald ein Viewer eine anfragt.
sessions-before = Vorher

relays-title = Relays
relays-none = Noch keine Relays. Auf dem Rechner des Verzeichnisses:
relays-another = Ein weiteres Relay

enrolment-title = Aufnahme
ticket-run = { $count ->
    [one] Führen Sie dies auf dem Gerät aus, als der Benutzer, dem der Bildschirm gehört:
   *[other] Führen Sie dies auf bis zu { $count } Geräten aus, als der Benutzer, dem der Bildschirm gehört:
}
ticket-until = Das Ticket gilt bis { $time }.
ticket-queued = Danach wartet jedes Gerät unten auf Freigabe.
ticket-once = Es wird nur einmal gezeigt: Kopieren Sie es jetzt.
ticket-another = Ein weiteres Ticket
ticket-how-many = Wie viele Geräte
ticket-how-many-wrong = Ein Ticket nimmt 1 bis { $most } Geräte auf.
ticket-works-for = Das Ticket gilt für
ticket-queue = Jedes Gerät wartet, bis es jemand freigibt
ticket-queue-why = Sinnvoll, wenn das Ticket per E-Mail verschickt wird oder in einem Skript liegt.
ticket-make = Ticket erzeugen
pending-title = Geräte, die auf Freigabe warten
pending-none = Keine.

audit-title = Prüfprotokoll
audit-sum = die neuesten { $shown } von { $all }
audit-whole = { $records ->
    [one] Die Kette ist unversehrt: Ihr einziger Eintrag steht.
   *[other] Die Kette ist unversehrt: Alle { $records } Einträge folgen lückenlos aufeinander.
}
audit-broken = Die Kette ist gebrochen: { $why }. Bewahren Sie diese Datenbank als Beweis auf und vergleichen Sie sie mit einer Sicherung.
audit-too-long = Die Kette ist zu lang, um sie auf dieser Seite zu prüfen. Auf dem Rechner des Verzeichnisses:
