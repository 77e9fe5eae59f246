# Einstellungen der Organisation.

settings-title = Einstellungen
settings-organisation = Organisation
settings-sign-in = Anmeldung
settings-versions = Versionen
settings-fields = Felder
saved = Gespeichert.
confirm-before = Bevor hier etwas geändert werden kann, müssen Sie noch einmal zeigen, wer Sie sind.
confirm-now = Jetzt zeigen

organisation-name = Name der Organisation
organisation-name-why = Menschen an Geräten lesen ihn, wenn sie gefragt werden, und alle, die sich anmelden.

sign-in-factor = Alle brauchen einen zweiten Faktor
sign-in-factor-why = Wer keinen hat, wird beim nächsten Anmelden zum Einrichten geführt und kann vorher nichts tun.
sign-in-idle = Ein Browser wird abgemeldet, wenn er so lange nicht benutzt wurde:
sign-in-life = und in jedem Fall nach
sign-in-spans-why = Mindestens fünf Minuten, höchstens ein Jahr.
sign-in-customers = Kunden, die einen zweiten Faktor verlangen
sign-in-customers-none = Keiner verlangt ihn unabhängig davon.
sign-in-customers-where = Der Schalter steht auf der Seite jedes Kunden.
customer-factor = Zweiter Faktor
customer-factor-on = Nur Personen mit einem zweiten Faktor erreichen die Geräte dieses Kunden.
customer-factor-off = Personen erreichen die Geräte dieses Kunden ohne zweiten Faktor.
customer-factor-ask = Zweiten Faktor verlangen
customer-factor-ask-not = Nicht mehr verlangen
unit = Einheit
unit-minutes = Minuten
unit-hours = Stunden
unit-days = Tage

versions-what = Ältere Programme werden abgewiesen und erfahren, was zu installieren ist. Ein leeres Feld lässt jede Version zu.
versions-host = Älteste Host-Version, die mitmachen darf
versions-viewer = Älteste Viewer-Version, die mitmachen darf
versions-hint = Zum Beispiel 1.4 oder 1.4.2
versions-look = Wie viele würden abgewiesen?
versions-below = { $count ->
    [0] Kein Gerät, das Sie sehen, hat einen Host älter als { $version }.
    [one] { $count } Gerät hat einen Host älter als { $version }.
   *[other] { $count } Geräte haben einen Host älter als { $version }.
}
versions-below-more = { $count } Geräte oder mehr haben einen Host älter als { $version }.
versions-show = Zeigen

fields-none = Noch keine eigenen Felder.
fields-what = Ein Feld hält fest, was Sie über Geräte wissen wollen neben dem, was sie melden: eine Kostenstelle, das Ende einer Garantie, einen Raum.
field-kind = Art
field-choices = Auswahl
field-searched = In Suchen
field-text = Text
field-number = Zahl
field-date = Tag
field-choice = eines von mehreren
field-remove-what = Seine Werte auf allen Geräten gehen verloren und kommen nicht wieder.
field-remove = Feld entfernen
field-add = Feld hinzufügen
field-label = Wie es heißt
field-label-hint = Zum Beispiel Kostenstelle
field-key = Sein Schlüssel in Suchen und Tabellen
field-key-hint = Kleinbuchstaben, Ziffern, - und _, zum Beispiel kostenstelle
field-choices-hint = Eines je Zeile, höchstens { $most }; nur für die Art „eines von mehreren“.

settings-webhooks = Webhooks
webhooks-none = Keiner Ihrer Server erfährt, was geschieht.
webhooks-what = Ihre eigenen Server können erfahren, was hier geschieht: über HTTPS, signiert, mit Kennungen und Arten von Ereignissen und nie mit Namen.
webhook-url = Adresse
webhook-url-hint = Zum Beispiel https://hooks.example/farpane. Was in einem privaten Netz liegt, muss mit serve --webhook-to erlaubt werden.
webhook-events = Ereignisse
webhook-events-hint = Zum Beispiel device.enrolled session.* mit Leerzeichen dazwischen, oder * für alle
webhook-kinds = Alle Arten von Ereignissen
webhook-since = Seit
webhook-add = Webhook hinzufügen
webhook-made = Der Webhook ist angelegt. Er erfährt, was von jetzt an geschieht.
webhook-once = Mit diesem Geheimnis wird signiert, was gesendet wird (Standard Webhooks). Es wird nur einmal gezeigt: Kopieren Sie es jetzt auf Ihren Server.
webhook-missed = Nicht gemeldet, weil zu viel wartete oder der Webhook ruhte
webhook-told = Was zuletzt gemeldet wurde
webhook-told-none = Es wurde noch nichts gemeldet.
webhook-tries = Versuche
webhook-answer = Antwort
webhook-waits = wartet
webhook-taken = angenommen
webhook-again = wird wieder versucht
webhook-given-up = aufgegeben
webhook-try = Probe senden
webhook-remove = Webhook entfernen
webhook-remove-what = Was dort noch zu melden ist, wird nicht mehr gemeldet.
webhook-on-hold = Er erfährt nichts, weil gesperrt oder entfernt ist, wer ihn angelegt hat, oder die Rechte dafür nicht mehr hat. Was inzwischen geschieht, wird gezählt.
