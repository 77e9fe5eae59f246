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
overview-open = Gerade verbunden
overview-open-all = Alle { $count } Sitzungen
overview-latest = Zuletzt geschehen
overview-latest-all = Alles, was aufgezeichnet wurde
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
devices-more = weitere Geräte
devices-found-more = { $count } oder mehr gefunden
devices-not-searched = nicht gesucht
search-help = Wörter suchen überall. Genauer wird es mit os:windows, customer:"Oslo Shops", tag:till, online:yes, heard:>7d; ein Minus davor kehrt einen Teil um.
quick-reachable = jetzt erreichbar
quick-quiet = seit einer Woche nicht gehört
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
sessions-before = Früher
delay-input = { $half } ms (95 %: { $most } ms)
delay-picture = { $half } ms (95 %: { $most } ms), ohne Eingaben
delay-slow = { $half } ms, zeitweise über 1 s

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
ticket-proof = Ein Ticket, das Geräte sofort einlässt, braucht einen frischen Nachweis, dass Sie es sind.
ticket-make = Ticket erzeugen
pending-title = Geräte, die auf Freigabe warten
pending-none = Keine.

audit-title = Prüfprotokoll
audit-sum = { $all ->
    [one] { $all } Eintrag
   *[other] { $all } Einträge
}
audit-found = { $count ->
    [one] { $count } Eintrag passt
   *[other] { $count } Einträge passen
}
audit-found-more = mehr als { $count } Einträge passen
audit-found-uncounted = die passenden Einträge, neueste zuerst
audit-not-searched = nicht gesucht
audit-search = Das Protokoll durchsuchen
audit-person = Person
audit-chain = Kunde oder Organisation
audit-everything = alles
audit-from = von
audit-to = bis
audit-none = Kein Eintrag passt.
audit-show-all = Alle Einträge zeigen
audit-organisation = Organisation
audit-former-customer = ein früherer Kunde
audit-export = Exportieren …
audit-export-what = Eine signierte Datei, die sich überall prüfen lässt. Dass sie entnommen wurde, wird festgehalten.
audit-verify-now = Jetzt prüfen
audit-signed = { $chain } wurde bis Eintrag { $record } signiert,
audit-unsigned = { $records ->
    [one] { $records } neuerer Eintrag wird innerhalb von fünf Minuten signiert
   *[other] { $records } neuere Einträge werden innerhalb von fünf Minuten signiert
}
audit-whole = { $records ->
    [one] Die Kette ist unversehrt: Ihr einziger Eintrag steht.
   *[other] Die Kette ist unversehrt: Alle { $records } Einträge folgen lückenlos aufeinander.
}
audit-broken = Die Kette ist gebrochen: { $why }. Bewahren Sie diese Datenbank als Beweis auf und vergleichen Sie sie mit einer Sicherung.
audit-too-long = Das sind zu viele Einträge, um sie zu prüfen, bevor die Seite erscheint.

## Ein Gerät

trail = Wo das ist
tab-general = Allgemein
tab-inventory = Inventar
tab-health = Befinden
tab-events = Ereignisse
tab-settings = Einstellungen
connect = Verbinden
connect-opens = Öffnet den Viewer auf diesem Rechner; er fragt, bevor er verbindet
save = Speichern
device-version = Host-Version
device-consent = Zustimmung
device-asks = Eine Person am Gerät wird jedes Mal gefragt.
device-key = Schlüssel
device-id = Kennung
device-session-now = Sitzung jetzt
device-session-none = Niemand ist verbunden.
device-sessions-none = Mit diesem Gerät war noch nie jemand verbunden.
events-none = Über dieses Gerät ist noch nichts festgehalten.
health-not-yet = Noch nicht: Diese Version beobachtet weder Prozessor, Speicher und Platten noch Firewall, Virenschutz und Updates.
health-not-yet-more = Was das Gerät gerade kann, steht im Inventar unter Selbsttest.
inventory-reported = Gemeldet
inventory-none = Dieses Gerät hat seinen Rechner noch nicht gemeldet.
inventory-none-more = Das geschieht, wenn sein Host startet und wenn sich etwas ändert.
inventory-machine = Rechner
inventory-kernel = Kernel
inventory-model = Modell
inventory-serial = Seriennummer
inventory-cpu = Prozessor
inventory-cores = { $n ->
    [one] { $n } Kern
   *[other] { $n } Kerne
}
inventory-memory = Arbeitsspeicher
inventory-disks = Laufwerke
inventory-monitors = Bildschirme
inventory-networks = Netzwerke
inventory-people = Angemeldet
inventory-checks = Selbsttest
inventory-checks-none = Der Host hat sich noch nicht selbst geprüft.
inventory-software = Software
inventory-software-show = Liste zeigen
inventory-changes = Was sich geändert hat
check-ok = geht
check-failed = geht nicht
check-unknown = unbekannt
column-before = Vorher
column-after = Nachher
remove-heading = Dieses Gerät entfernen
remove-meaning = Seine Sitzung endet, sein Schlüssel gilt nicht mehr, und es verschwindet aus dem Katalog. Zehn Minuten lang lässt sich das rückgängig machen.
remove-go = Entfernen …
remove-title = { $device } entfernen?
remove-what = { $device } von { $customer } verschwindet aus dem Katalog. Eine laufende Sitzung endet sofort, und sein Host wird von da an abgewiesen. Was festgehalten wurde, bleibt.
remove-again = Zehn Minuten lang lässt es sich aus der Geräteliste zurückholen. Danach muss es mit einem neuen Ticket aufgenommen werden.
remove-button = Gerät entfernen

## Kunden, Standorte und Gruppen

customers-title = Kunden
customers-find = Kunden suchen
customers-none = Kein Kunde mit diesem Namen.
customers-more = { $more } weitere: Suchen Sie nach einem Teil des Namens.
customer-add = Kunden anlegen
customer-change = Dieser Kunde
customer-remove = Kunden entfernen
customer-remove-what = Ein Kunde lässt sich entfernen, sobald nichts mehr bei ihm steht.
column-places = Standorte und Gruppen
places-none = Noch keine Standorte und Gruppen. Geräte stehen beim Kunden selbst.
place-site = Standort
place-group = Gruppe
place-add = Standort oder Gruppe anlegen
place-kind = Art
place-inside = Liegt in
place-remove-what = Die Geräte darin rücken eine Ebene auf.
add = Anlegen
change = Ändern
rename = Umbenennen
move = Verschieben
remove = Entfernen

## Viele Geräte auf einmal

act-do = Mit den ausgewählten
act-all = Mit allen gefundenen
act-tag = Markieren
act-untag = Markierung abnehmen
act-move = Verschieben
act-approve = Freigeben
act-remove = Entfernen
act-tag-name = Markierung
act-to = Kunde / Standort / Gruppe
act-preview = Vorschau
act-select-all = Alle auf dieser Seite auswählen
act-select = { $name } auswählen
act-undo = Rückgängig
act-nobody = Das würde kein Gerät ändern.
act-these = Es geht um:
act-more = und { $more } weitere
act-undo-window = Zehn Minuten lang lässt sich das auf der Geräteseite rückgängig machen.
did-tag = { $count ->
    [one] { $count } Gerät mit { $tag } markieren
   *[other] { $count } Geräte mit { $tag } markieren
}
did-untag = { $count ->
    [one] { $tag } von { $count } Gerät abnehmen
   *[other] { $tag } von { $count } Geräten abnehmen
}
did-move = { $count ->
    [one] { $count } Gerät nach { $place } verschieben
   *[other] { $count } Geräte nach { $place } verschieben
}
did-field = { $count ->
    [one] { $field } von { $count } Gerät ausfüllen
   *[other] { $field } von { $count } Geräten ausfüllen
}
did-approve = { $count ->
    [one] { $count } Gerät freigeben
   *[other] { $count } Geräte freigeben
}
did-remove = { $count ->
    [one] { $count } Gerät entfernen
   *[other] { $count } Geräte entfernen
}
did-done = Erledigt: { $what }.

scope-view = Bildschirm sehen
scope-control = Maus und Tastatur
scope-clipboard-in = Text in die Zwischenablage legen
scope-clipboard-out = Zwischenablage lesen
scope-files = Dateien
scope-audio = Ton
scope-record = Aufzeichnung
