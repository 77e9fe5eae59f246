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
