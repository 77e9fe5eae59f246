# Anmelden, das eigene Konto, zweite Faktoren, Viewer, die angemeldet werden möchten.

second-title = Noch ein Schritt
second-for = Anmelden als { $account }
second-code = Code Ihrer Authenticator-App
second-recovery = Wiederherstellungscode
second-recovery-too = Oder einer Ihrer Wiederherstellungscodes.
second-other = Als jemand anderes anmelden

confirm-title = Sind Sie es noch?
confirm-why = Diese Änderung reicht weit, deshalb muss { $account } sie bestätigen. Die Bestätigung gilt zehn Minuten.
confirm-button = Bestätigen

passkey-sign-in = Mit einem Passkey anmelden
passkey-use = Passkey verwenden
passkey-failed = Der Passkey wurde nicht verwendet. Versuchen Sie es noch einmal oder auf anderem Weg.
passkey-name = Name des neuen Passkeys
passkey-name-like = Laptop, Telefon, Schlüsselbund
passkey-add = Passkey hinzufügen
passkeys-title = Passkeys
passkeys-what = Ein Passkey ist Ihr Telefon, Ihr Rechner oder ein Sicherheitsschlüssel. Er meldet Sie ohne Passwort an und lässt sich keiner falschen Seite geben.
passkeys-script = Einen Passkey hinzuzufügen braucht JavaScript.
passkeys-no-name = Passkeys gehören zu einem Namen. Dieses Verzeichnis wird über eine bloße Adresse erreicht und kann deshalb keine haben.

link-invited-title = Einladung
link-invited = { $org } hat Sie eingeladen. Wählen Sie ein Passwort, um hereinzukommen.
link-come-in = Hereinkommen
link-reset-title = Neues Passwort
link-reset = Wählen Sie ein neues Passwort für { $org }.
link-done = Das Passwort von { $account } ist gesetzt.

password-title = Passwort
password-old = Altes Passwort
password-new = Neues Passwort
password-rule = Mindestens 12 Zeichen. Ein paar Wörter, die niemandem gehören, sind gut.
password-set = Passwort setzen
password-ends-others = Wer in einem anderen Browser als Sie angemeldet ist, muss sich neu anmelden.

account-title = Ihr Konto
account-name = Ihr Name
account-name-why = Menschen an Geräten sehen ihn, wenn Sie um eine Sitzung bitten.
account-name-save = Speichern
account-password-changed = Das Passwort ist geändert. Andere Browser müssen sich neu anmelden.
account-has-factor = Zum Anmelden braucht es mehr als Ihr Passwort.
account-no-factor = Ihr Passwort allein meldet Sie an. Wer es erfährt, kann, was Sie können.

factors-title = Zweite Faktoren
factors-change = Zweite Faktoren
factors-must = Ihre Organisation verlangt einen zweiten Faktor. Richten Sie einen ein, um fortzufahren.
factor-remove = Entfernen

app-title = Authenticator-App
app-what = Eine App auf Ihrem Telefon zeigt einen Code, der alle halbe Minute wechselt.
app-set-up = App einrichten
app-replace = Andere App einrichten
app-since = Eine App wurde eingerichtet:
app-scan = Lesen Sie dies mit der App auf Ihrem Telefon ein.
app-picture = Bild, das eine Authenticator-App liest; die Buchstaben darunter sagen dasselbe
app-type = Oder geben Sie diese Buchstaben ein:
app-code = Code, den die App jetzt zeigt
app-finish = Fertigstellen

recovery-title = Wiederherstellungscodes
recovery-what = Wenn Sie Telefon oder Schlüssel verlieren, meldet einer davon Sie an, einmal. Drucken Sie sie aus oder bewahren Sie sie sicher auf.
recovery-left = { $count ->
    [0] Sie haben keine.
    [one] { $count } ist übrig.
   *[other] { $count } sind übrig.
}
recovery-make = Neue Codes erstellen
recovery-new = Dies sind Ihre neuen Wiederherstellungscodes; ältere gelten nicht mehr. Sie werden nur einmal gezeigt: Sichern Sie sie jetzt.

web-sessions-title = Wo Sie angemeldet sind
web-session-this = dieser
web-session-end = Abmelden
web-session-end-others = Überall sonst abmelden
column-browser = Browser
column-used = Zuletzt benutzt
column-signed-in = Angemeldet

viewers-title = Ihre Viewer
viewers-activate = Ein Viewer zeigt Ihnen einen Code? Lassen Sie ihn hier herein.
viewers-none = Sie haben sich noch mit keinem Viewer angemeldet.
viewer-remove = Abmelden

activate-title = Viewer anmelden
activate-type = Code, den der Viewer zeigt
activate-next = Weiter
activate-ask = Ein Viewer möchte als Sie angemeldet werden. Erlauben Sie es nur, wenn Sie ihn gerade selbst gestartet haben und er denselben Code zeigt.
activate-code = Code
activate-elsewhere = Er fragt von einer anderen Adresse als Ihr Browser. Läuft er nicht in diesem Netz, lehnen Sie ab.
activate-means = Er wird jedes Gerät finden und öffnen, das Sie öffnen dürfen, bis Sie ihn auf der Seite Ihres Kontos abmelden.
activate-allow = Erlauben
activate-refuse = Ablehnen
activate-allowed = { $name } ist angemeldet. Sie können diese Seite schließen.
activate-refused = { $name } wurde abgewiesen.

account-language = Sprache Ihrer Seiten
account-language-auto = die, nach der der Browser fragt

tokens-title = API-Tokens
tokens-what = Mit einem Token tut ein Programm etwas an Ihrer Stelle: nie mehr, als Sie selbst dürfen, bis es abläuft oder Sie es zurücknehmen.
tokens-none = Sie haben keine Tokens.
token-for = Wofür es ist
token-for-hint = Zum Beispiel nächtliches Inventar
token-may = Darf
token-where = Wo
token-until = Gilt
token-ends = Endet
token-make = Token machen
token-made = Das Token ist gemacht.
token-once = Es wird nur einmal gezeigt: Kopieren Sie es jetzt und bewahren Sie es auf wie ein Passwort.
token-reach = Geräte finden, die erreichen darf, wem es gehört
token-no-right = Sie dürfen keine Tokens machen. Bitten Sie eine Administratorin um eine Rolle, die es erlaubt.
