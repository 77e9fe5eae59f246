# Die Liste der Geräte: gespeicherte Suchen, Spalten, Tabellen hinein und heraus, dreißig Tage, Kopien.

devices-export = CSV exportieren
devices-import = CSV importieren
searches-saved = Gespeicherte Suchen
search-shared = geteilt
search-save = Diese Suche speichern
search-save-why = Sie wird eine Gruppe, die sich selbst füllt. Eine eigene gleichen Namens wird ersetzt.
search-share = Alle in der Organisation dürfen sie benutzen
search-forget = { $name } vergessen
columns-choose = Spalten
columns-show = Diese zeigen
columns-usual = Die üblichen
column-history = Dreißig Tage
strip-words = An { $heard } von { $of } Tagen gehört
strip-day = { $day }: in { $hours } von 24 Stunden gehört
act-field = Ein Feld ausfüllen
act-value = Wert (leer löscht ihn)
device-history = Die letzten dreißig Tage
device-tags = Schlagwörter

no-way-expected = Nicht erreichbar: hier ist noch kein Host aufgenommen. Nehmen Sie einen mit einem Ticket auf.
no-way-pending = Nicht erreichbar, bevor es jemand freigibt.
no-way-never = Nicht erreichbar: sein Host wurde noch nie gehört. Starten Sie farpane-host auf dem Gerät und prüfen Sie, ob er ein Relay erreicht.

twin-chip-of = Kopie
twin-chip-had = wurde kopiert
twin-of = Das ist ein zweiter Rechner, der die Identität von { $of } benutzt.
twin-of-next = Er entstand wohl aus einer Kopie der Festplatte jenes Geräts und wird abgewiesen. Um ihn als eigenes Gerät zu benutzen, machen Sie ein Ticket und führen das hier auf ihm aus; kennen Sie ihn nicht, entfernen Sie ihn hier und suchen Sie, woher die Kopie kam.
twin-had = Ein zweiter Rechner benutzt die Identität dieses Geräts. Er wird abgewiesen; dieses hier läuft weiter.
twin-had-next = Er entstand wohl aus einer Kopie der Festplatte dieses Geräts. Nehmen Sie ihn neu auf oder entfernen Sie seinen Eintrag:
twin-record = der Eintrag des zweiten Rechners

import-proof = Um auch Kunden anzulegen, müssen Sie noch einmal zeigen, wer Sie sind.
import-title = Geräte importieren
import-what = Geräte werden in den Katalog geschrieben, bevor sie aufgenommen sind. Zuerst werden alle Zeilen geprüft; nichts wird geschrieben, bevor Sie gesehen haben, was geschähe.
import-headings = Die erste Zeile nennt die Spalten; name und customer müssen sein:
import-file = Eine Datei von diesem Rechner
import-table = Die Tabelle als CSV
import-most = Schlagwörter stehen mit ; dazwischen, Standorte und Gruppen ineinander mit /. Höchstens { $most } KiB; größere gehen mit farpane-directory device import DATEI.
import-customers = Kunden anlegen, die es noch nicht gibt
import-places = Standorte und Gruppen anlegen, die es noch nicht gibt
import-skip = Schlechte Zeilen weglassen und die anderen schreiben
import-look = Prüfen
import-run = { $devices ->
    [one] { $devices } Gerät importieren
   *[other] { $devices } Geräte importieren
}
import-would = Das schriebe { $devices ->
    [one] { $devices } Gerät
   *[other] { $devices } Geräte
} und legte { $customers ->
    [one] { $customers } Kunden
   *[other] { $customers } Kunden
} und { $places ->
    [one] { $places } Standort oder eine Gruppe
   *[other] { $places } Standorte und Gruppen
} an.
import-nothing = In dieser Tabelle steht kein Gerät.
import-would-not = Es würde nichts geschrieben.
import-bad = { $bad ->
    [one] { $bad } Zeile stimmt nicht:
   *[other] { $bad } Zeilen stimmen nicht:
}
import-line = Zeile
import-why = Was nicht stimmt
import-done = { $devices ->
    [one] { $devices } Gerät wird jetzt erwartet
   *[other] { $devices } Geräte werden jetzt erwartet
}; { $customers ->
    [one] { $customers } Kunde
   *[other] { $customers } Kunden
} und { $places ->
    [one] { $places } Standort oder eine Gruppe wurde angelegt
   *[other] { $places } Standorte und Gruppen wurden angelegt
}.
import-left-out = { $bad ->
    [one] { $bad } Zeile wurde weggelassen.
   *[other] { $bad } Zeilen wurden weggelassen.
}
import-show = Zeigen
