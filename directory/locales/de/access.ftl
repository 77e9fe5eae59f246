# Zugriff: wer wo was darf, Rollen, Anfragen, der Tester.

access-title = Zugriff
held-title = Wer was darf
held-find = Person, Gruppe, Rolle oder Ort suchen
held-own = Das sind die Rollen, die Sie haben, selbst und durch Gruppen.
held-none = Hier hat niemand eine Rolle.
held-all = Alle zeigen
held-group = Gruppe
held-directly = selbst
held-always = immer
held-take = Wegnehmen
held-from = ab { $time }
held-until = bis { $time }
held-now = gilt
held-ends = endet { $when }
held-later = noch nicht
held-other-hours = zu anderen Stunden
held-over = vorbei
place-whole = Die ganze Organisation
give-title = Rolle geben

role-owner = Inhaber
role-administrator = Administrator
role-technician = Techniker
role-observer = Beobachter
role-auditor = Prüfer

day-mon = Mo
day-tue = Di
day-wed = Mi
day-thu = Do
day-fri = Fr
day-sat = Sa
day-sun = So

choose = Wählen…
give-who = Wem
give-who-hint = Die E-Mail-Adresse einer Person oder der Name einer Gruppe.
give-who-unknown = Diese Person oder Gruppe gibt es nicht. Wählen Sie eine aus der Liste oder laden Sie die Person zuerst ein.
give-role-hint = Hier stehen nur Rollen, die Sie irgendwo geben könnten: nie mehr, als Sie selbst haben.
give-role-missing = Wählen Sie eine Rolle.
give-place-hint = Ein Kunde, ein Standort oder eine Gruppe davon, oder die ganze Organisation. Sie gilt dort und darunter.
give-place-unknown = Diesen Ort gibt es nicht. Wählen Sie einen aus der Liste: Kunde / Standort / Gruppe.
give-times = Nur eine Zeit lang oder zu bestimmten Stunden
give-from = Ab (UTC)
give-from-hint = Leer: ab jetzt.
give-until = Bis (UTC)
give-until-hint = Leer: bis sie jemand wegnimmt.
give-time-wrong = Das ist kein Datum mit Uhrzeit.
give-hours = Zu diesen Stunden der Woche
give-hours-hint = Nichts angekreuzt: immer. Die Zeitzone ist ein Name wie Europe/Oslo.
give-opens = Ab dieser Uhrzeit
give-closes = Bis zu dieser Uhrzeit
give-zone = Zeitzone
give-days-wrong = Kreuzen Sie die Tage an, an denen diese Stunden gelten.
give-times-wrong = Das sind keine zwei verschiedenen Uhrzeiten.
give-zone-wrong = Der Rechner des Verzeichnisses kennt diese Zeitzone nicht. Verwenden Sie einen Namen wie Europe/Oslo, UTC oder +01:00.

roles-title = Rollen
roles-what = Eine Rolle beantwortet drei Fragen getrennt: welche Geräte erreicht werden, worum in einer Sitzung gebeten werden darf und was im Verzeichnis getan werden darf. Eingebaute Rollen bleiben, wie sie sind.
role-new = Neue Rolle
role-make = Rolle anlegen
role-remove = Rolle entfernen
role-remove-title = Die Rolle { $name } entfernen?
role-remove-what = Eine Rolle kann entfernt werden, sobald niemand sie hat.
role-change-what = Wer diese Rolle hat, hat sofort die neuen Rechte.
role-held-only = Geben können Sie nur, was Sie selbst in der ganzen Organisation unbefristet haben.
role-reach = Um Sitzungen mit Geräten bitten
role-unattended = Sitzungen öffnen, ohne am Gerät zu fragen, wo es das erlaubt
role-inside-what = Zählt nur zusammen mit dem Bitten um Sitzungen.
role-everything = alles
role-but = außer:
reach-no = kein Gerät
reach-asking = fragt am Gerät
reach-unasked = auch ohne zu fragen, wo das Gerät es erlaubt
column-reach = Erreicht Geräte
column-inside = In einer Sitzung
column-administer = Im Verzeichnis
column-unasked = Ohne zu fragen
column-answer = Antwort
unasked-may = wo das Gerät es erlaubt
unasked-may-not = nein
about-people = Personen und Rollen
about-records = Protokoll und Einstellungen

requests-title = Anfragen
requests-decide = Sie können entscheiden
requests-own = Ihre
requests-over = Vorher
requests-none = Nichts wartet.
requests-none-more = Hier wartet, was eine zweite Person braucht und worum Sie selbst bitten.
request-you = Sie möchten:
request-wants = { $name } möchte:
request-asked = gefragt
request-until = läuft ab
request-answer = Ihre Antwort
request-answered = Antwort:
request-approve = Zustimmen
request-refuse = Ablehnen
request-withdraw = Zurückziehen
request-own-not = Niemand entscheidet, worum er selbst gebeten hat. Wer Anfragen entscheiden darf, sieht sie hier.
request-open = wartet
request-late = niemand hat rechtzeitig entschieden
request-done = genehmigt
request-approved = genehmigt, jetzt tun
request-not-done = genehmigt, nicht getan
request-refused = abgelehnt
request-withdrawn = zurückgezogen
request-do-remove = Geräte jetzt entfernen
request-do-open = Zum Gerät
request-do-export = Zum Prüfprotokoll
wants-give-role = { $to } die Rolle { $role } bei { $at } geben
wants-have-role = die Rolle { $role } bei { $at } haben, { $span } lang
wants-remove-devices = { $count ->
    [one] { $count } Gerät entfernen
   *[other] { $count } Geräte entfernen
}
wants-join-group = { $who } in die Gruppe { $group } aufnehmen, die Macht über die Organisation hat
wants-change-role = allen mit der Rolle { $role } in der ganzen Organisation das Recht geben:
wants-move-devices = { $count ->
    [one] { $count } Gerät zu { $to } verschieben
   *[other] { $count } Geräte zu { $to } verschieben
}
wants-open-unasked = eine Sitzung mit { $device } öffnen, ohne dort zu fragen
wants-open-more = mehr Geräte in einer Stunde öffnen, als eine Person darf
wants-export-audit = das Protokoll herausnehmen
wants-loosen = seltener eine zweite Person fragen. Die Regeln wären:

ask-title = Um eine Rolle bitten
ask-what = Für Sie selbst, für eine Weile. Jemand anderes entscheidet; die Zeit läuft ab dann.
ask-role-hint = Eine der eingebauten Rollen oder der Name einer anderen.
ask-role-unknown = Diese Rolle gibt es nicht.
ask-place-hint = Wo Sie sie brauchen: bei einem Kunden, einem Standort, einer Gruppe oder in der ganzen Organisation.
ask-span = Für wie lange
ask-reason-hint = Wer entscheidet, liest das: wofür, welches Ticket.
ask-send = Bitten

test-title = Tester
test-what = Darf jemand irgendwo etwas tun, und warum? Die Antwort kommt von den Regeln, die entscheiden.
test-who = Wer
test-who-hint = Die E-Mail-Adresse einer Person.
test-who-unknown = Unter dieser Adresse gibt es niemanden, den Sie sehen dürfen.
test-may = darf
test-on = Auf dem Gerät
test-where-hint = Ein Kunde, ein Standort oder eine Gruppe davon, oder die ganze Organisation.
test-ask = Die Regeln fragen
test-because = Wegen
test-otherwise = Das gäbe es zu anderer Zeit
test-again = Noch einmal fragen
because-role = { $role } bei { $place }
because-through = durch die Gruppe { $group }

second-person-title = Zweite Person
second-person-what = Bei diesen Handlungen muss jemand anderes zustimmen, bevor sie geschehen.
second-give-power = Macht über die ganze Organisation geben
second-give-power-why = Durch eine Rolle, eine Gruppe oder eine weitere Rolle: Personen oder Einstellungen verwalten, Rollen geben oder festlegen, Anfragen entscheiden.
second-export-audit = Das Protokoll herausnehmen
second-remove-over = Mehr Geräte in einer Stunde entfernen als
second-per-hour = Mehr verschiedene Geräte in einer Stunde öffnen als
second-empty = Leer: Niemand wird gefragt.
second-unattended = Sitzungen ohne Frage an Geräten dieser Kunden, und ihre Geräte zu anderen verschieben
second-unattended-hint = Ein Name je Zeile.
second-loosen = Öfter zu fragen gilt sofort. Seltener zu fragen wartet selbst auf eine zweite Person.
second-number-wrong = Das ist keine ganze Zahl.
second-customer-unknown = Einen Kunden { $name } gibt es nicht.
second-power = Eine zweite Person, um Macht über die ganze Organisation zu geben: durch eine Rolle, eine Gruppe oder eine weitere Rolle
second-removing = Eine zweite Person, um mehr als { $most } Geräte in einer Stunde zu entfernen
second-opening = Eine zweite Person, um mehr als { $most } Geräte in einer Stunde zu öffnen
second-unasked = Eine zweite Person für Sitzungen ohne Frage bei: { $customers }
second-export = Eine zweite Person, um das Protokoll herauszunehmen
second-nothing = Nichts braucht eine zweite Person.

access-tab-what = Wer dieses Gerät jetzt erreichen kann und wodurch.
access-tab-test = Nach einer Person fragen.
access-tab-nobody = Dieses Gerät kann jetzt niemand erreichen.
