# Tickets und die Warteschlange der Geräte; was ein Gerät über sich sagt.

ticket-place = Kunde und Ort
ticket-more = Schlagworte, Netze, Zugriff
ticket-attended = Immer eine Person am Gerät fragen
ticket-attended-why = Niemand öffnet diese Geräte ungefragt, was auch immer ihre eigenen Regeln erlauben.
ticket-tags = Schlagworte
ticket-tags-hint = Mit Kommas getrennt. Jedes Gerät bekommt sie.
ticket-networks = Gilt nur aus diesen Netzen
ticket-networks-hint = Zum Beispiel 192.0.2.0/24. Leer: von überall.
ticket-note = Wofür es ist
ticket-note-hint = Steht neben jedem Gerät, das wartet.
ticket-no-right = Sie dürfen keine Tickets erzeugen.
ticket-no-right-next = Bitten Sie eine Administratorin um das Recht dazu oder um ein Ticket.
tickets-title = Tickets
tickets-none = Noch keine Tickets.
ticket-for = Für
ticket-used = Benutzt
ticket-used-of = { $used } von { $allowed }
ticket-asks = Verlangt und gibt
ticket-expires = Gilt bis
ticket-take-back = Zurücknehmen
ticket-works = gilt
ticket-used-up = aufgebraucht
ticket-expired = abgelaufen
ticket-revoked = zurückgenommen
ticket-maker-gone = ungültig: Wer es gemacht hat, ist nicht mehr da
ticket-chip-queue = wartet auf Freigabe
ticket-chip-attended = fragt immer
ticket-chip-replaces = ersetzt einen Schlüssel
waiting-choose = Auswählen
waiting-tick = { $name } auswählen
waiting-ticked = Die ausgewählten Geräte:
waiting-approve = Ausgewählte freigeben
waiting-refuse = Ausgewählte abweisen
waiting-twin = { $count ->
    [one] ein anderes Gerät heißt auch so
   *[other] { $count } andere Geräte heißen auch so
}
