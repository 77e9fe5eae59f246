# Der Rahmen um jede Seite und Wörter, die viele Seiten teilen.

skip-to-content = Zum Inhalt springen
menu = Menü
close = Schließen
cancel = Abbrechen
copy = Kopieren
actions = Aktionen
approve = Freigeben
stop = Beenden
search = Suchen
search-placeholder = Geräte nach Name, Kunde oder System suchen
search-devices = Geräte suchen
sign-out = Abmelden
theme-switch = Zwischen hell und dunkel wechseln
filter-remove = Filter { $filter } entfernen
pages = Seiten
page-previous = Zurück
page-next = Weiter
to-overview = Zur Übersicht
enrol-device = Gerät aufnehmen

typed-again = Was Sie eingegeben hatten, steht wieder da.
keys-title = Tasten
keys-search = Geräte suchen
keys-move = Eine Zeile nach unten oder oben
keys-open = Zeile öffnen
keys-select = Zeile auswählen
keys-escape = Feld oder Fenster verlassen
keys-help = Diese Übersicht
keys-on = Einzelne Tasten sind wirksam

column-name = Name
column-state = Zustand
column-customer = Kunde
column-system = System
column-person = Person
column-heard = Zuletzt gehört
column-address = Adresse
column-devices = Geräte
column-version = Version
column-who = Wer
column-device = Gerät
column-rights = Rechte
column-since = Seit
column-reason = Grund
column-path = Weg
column-when = Wann
column-lasted = Dauer
column-delay = Verzögerung
column-ended = Wie es endete
column-key = Schlüssel
column-enrolled = Aufgenommen
column-number = Nr.
column-what = Was

## Fehler

lost-title = Hier ist nichts
lost-sentence = Diese Seite gibt es nicht. Vielleicht ist die Adresse veraltet oder vertippt.
failed-title = Das hat nicht geklappt
broken-title = Etwas ist kaputt
broken-sentence = Die Seite ließ sich nicht erzeugen. Mehr steht im Protokoll des Verzeichnisses.
store-title = Die Datenbank antwortet nicht
store-sentence = Versuchen Sie es gleich noch einmal; wenn es wieder passiert, prüfen Sie die Festplatte des Verzeichnisservers.

## Anmelden

sign-in-title = Anmelden
sign-in-to = Anmelden bei { $org }
sign-in-email = E-Mail-Adresse
sign-in-password = Passwort
sign-in-button = Anmelden

storage-full = Die Festplatte des Servers ist voll. Nichts kann aufgezeichnet werden, deshalb kann keine Sitzung beginnen. Schaffen Sie dort Platz; alles geht von selbst weiter.
storage-low = Auf der Festplatte des Servers ist wenig Platz. Wenn sie voll ist, kann keine Sitzung beginnen.
