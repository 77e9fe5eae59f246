# Personen und Gruppen.

people-title = Personen
people-sum = { $count ->
    [one] { $count } Person
   *[other] { $count } Personen
}
people-find = Jemanden nach Name oder Adresse suchen
people-none = Auf { $search } passt niemand.
people-all = Alle zeigen
people-no-role = noch keine Rolle
column-email = E-Mail-Adresse
column-roles = Rollen
column-role = Rolle
column-where = Wo
column-through = Durch
column-members = Personen

person-enabled = kann sich anmelden
person-disabled = gesperrt
person-may = Was diese Person darf
person-may-nothing = Noch nichts: Weder ihr noch einer ihrer Gruppen ist eine Rolle gegeben.
person-test = Ausprobieren, was diese Person irgendwo darf
person-viewers = Viewer
person-viewers-none = Diese Person hat sich mit keinem Viewer angemeldet.
person-tokens-none = Kein Programm handelt an der Stelle dieser Person.
person-sessions = Wo diese Person angemeldet ist
person-sessions-none = Nirgends.
person-sessions-end = Überall abmelden
person-manage = Diese Person verwalten
reset-viewers = Auch ihre Viewer entfernen
reset-viewers-too = Auch ihre Viewer werden entfernt: Sonst blieben sie angemeldet.
person-reset = Passwort-Link erzeugen
person-reset-what = Mit einem Link wählt diese Person ein neues Passwort. Zweite Faktoren bleiben.
person-disable = Sperren
person-disable-what = Wer gesperrt ist, wird überall abgemeldet, seine Sitzungen mit Geräten enden, und er darf nichts, bis er entsperrt wird.
person-enable = Entsperren
person-remove = Diese Person entfernen
person-remove-title = { $name } entfernen?
person-remove-what = { $email } wird überall abgemeldet, Sitzungen mit Geräten enden, und Rollen, Viewer und zweite Faktoren sind endgültig weg. Was aufgezeichnet wurde, bleibt.
person-remove-instead = Wer vielleicht wiederkommt, kann stattdessen gesperrt werden.

person-invite = Person einladen
invite-email-hint = Damit meldet sich die Person an.
invite-name-hint = Sie kann ihn ändern, wenn sie hereinkommt.
invite-next = Wer hereinkommt, darf nichts, bis Sie eine Rolle geben.
invite-open = Seite der Person öffnen
invite-another = Noch jemanden einladen
link-hand-over = Geben Sie { $name } diesen Link auf einem Weg, den sonst niemand liest:
link-works = Er gilt einmal, { $span } lang. Er wird nur jetzt gezeigt: Kopieren Sie ihn.

factors-none = keiner: Das Passwort allein genügt
factors-passkeys = { $count ->
    [one] { $count } Passkey
   *[other] { $count } Passkeys
}
factors-codes = { $count ->
    [one] noch { $count } Wiederherstellungscode
   *[other] noch { $count } Wiederherstellungscodes
}
factors-reset = Zweite Faktoren zurücksetzen
factors-reset-title = Die zweiten Faktoren von { $name } zurücksetzen?
factors-reset-what = Authenticator-App, Passkeys und Wiederherstellungscodes sind weg, und die Person wird abgemeldet. Bis sie neue einrichtet, genügt zum Anmelden das Passwort.
factors-reset-sure = Tun Sie das nur, wenn Sie sicher sind, wer darum bittet: Es ist ein beliebter Weg hinein für Leute, die sich verstellen.

groups-title = Gruppen
groups-sum = { $count ->
    [one] { $count } Gruppe
   *[other] { $count } Gruppen
}
groups-none = Noch keine Gruppen.
groups-what = Personen in einer Gruppe haben gemeinsam, was der Gruppe gegeben ist.
group-make = Gruppe anlegen
group-empty = In dieser Gruppe ist niemand.
group-join = Jemanden in die Gruppe aufnehmen
group-admit = Aufnehmen
group-leave = Herausnehmen
group-may = Was diese Gruppe darf
group-may-nothing = Noch nichts: Dieser Gruppe ist keine Rolle gegeben.
group-change = Diese Gruppe
group-remove = Gruppe entfernen
group-remove-means = Ihre Personen verlieren, was sie durch sie haben.
group-remove-title = Die Gruppe { $name } entfernen?
group-remove-what = { $members ->
    [0] In ihr ist niemand. Die Rollen, die sie hat, sind weg.
    [one] { $members } Person verliert, was sie durch sie hat.
   *[other] { $members } Personen verlieren, was sie durch sie haben.
}
who-unknown = Unter dieser Adresse gibt es niemanden. Laden Sie sie zuerst ein.
