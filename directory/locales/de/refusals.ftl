# Ablehnungen und ihre Gründe. Der Schlüssel eines Satzes ist, was er auf Englisch sagt; das Englische
# steht im Programm.

## Suche und Felder
said-field-key-needs-expected = „field.{ $key }:“ braucht { $expected }.
said-key-needs-expected-character-at = „{ $key }:“ braucht { $expected } (Zeichen { $at }).
said-a-text-without-or-the-field-holds-text = einen Text ohne < und >: Das Feld enthält Text
said-a-number-such-as-12-12-or-12 = eine Zahl wie 12, <12 oder >=12
said-a-number-such-as-8-8-or-16 = eine Zahl wie 8, <8 oder >=16
said-a-version-such-as-1-2-1-2-or-1-2 = eine Version wie 1.2, <1.2 oder >=1.2
said-yes-or-no = yes oder no
said-expected-pending-or-approved = expected, pending oder approved
said-nothing-stands-behind-key-character-at-write-a-value-without-a-space-before-it-such-as-example = Hinter „{ $key }:“ steht nichts (Zeichen { $at }). Schreiben Sie einen Wert ohne Leerzeichen davor, etwa { $example }.
said-the-quotation-mark-at-character-at-is-not-closed-add-one-at-the-end = Das Anführungszeichen an Stelle { $at } wird nicht geschlossen. Setzen Sie eines ans Ende.
said-the-search-is-too-long-at-most-bytes-bytes-and-terms-terms-save-part-of-it-as-a-group-and-search-in-that = Die Suche ist zu lang: höchstens { $bytes } Bytes und { $terms } Teile. Speichern Sie einen Teil als Gruppe und suchen Sie darin.
said-there-is-nothing-called-key-to-search-in-character-at-use-name-customer-site-group-os-tag-person-ip-serial-online-heard-added-version-approval-unattended-field-key-or-what-hosts-report-facts-or-put-the-word-in-quotes = Unter „{ $key }“ lässt sich nichts suchen (Zeichen { $at }). Es gibt name, customer, site, group, os, tag, person, ip, serial, online, heard, added, version, approval, unattended, field.SCHLÜSSEL und was Geräte melden ({ $facts }); oder setzen Sie das Wort in Anführungszeichen.
said-the-group-name-leads-back-to-itself-or-through-too-many-others-change-what-it-searches = Die Gruppe „{ $name }“ führt auf sich selbst zurück oder durch zu viele andere. Ändern Sie, was sie sucht.
said-the-saved-searches-that-this-search-names-have-more-than-most-terms-together-name-fewer-of-them = Die gespeicherten Suchen, die diese Suche nennt, haben zusammen mehr als { $most } Teile. Nennen Sie weniger davon.
said-what-the-group-name-searches-is-not-understood-any-more-open-it-and-correct-it = Was die Gruppe „{ $name }“ sucht, ist nicht mehr verständlich. Öffnen und berichtigen Sie sie.
said-there-is-no-custom-field-key-define-it-first-or-check-its-key = Es gibt kein eigenes Feld „{ $key }“. Legen Sie es an oder prüfen Sie den Schlüssel.
said-label-needs-a-number-such-as-12-or-0-5 = { $label } braucht eine Zahl wie 12 oder 0.5.
said-label-needs-a-day-such-as-2027-03-31 = { $label } braucht einen Tag wie 2027-03-31.
said-label-is-one-of-choices = { $label } ist eines von: { $choices }.
said-this-page-belongs-to-another-search-start-again-from-its-first-page = Diese Seite gehört zu einer anderen Suche. Beginnen Sie auf deren erster Seite.
said-a-field-to-choose-from-needs-between-1-and-200-choices = Ein Auswahlfeld braucht zwischen 1 und 200 Möglichkeiten.
said-a-field-s-key-is-made-of-small-letters-digits-and-begins-with-a-letter-and-has-at-most-40-of-them = Der Schlüssel eines Feldes besteht aus höchstens 40 Kleinbuchstaben, Ziffern, - und _ und beginnt mit einem Buchstaben.
said-there-is-no-kind-of-record-kind-close-to-it-close-all-of-them-farpane-directory-audit-kinds-or-the-list-on-the-page-audit = Es gibt keine Art von Einträgen „{ $kind }“; ähnlich sind: { $close }. Alle zeigt farpane-directory audit kinds oder die Liste auf der Seite Protokoll.
said-a-saved-search-needs-a-name = Eine gespeicherte Suche braucht einen Namen.
said-searches-are-saved-by-a-person-sign-in-and-save-it-there = Eine Suche gehört einer Person. Melden Sie sich an und speichern Sie sie dort.
said-there-are-as-many-custom-fields-as-there-may-be-remove-one-first = Mehr eigene Felder darf es nicht geben. Entfernen Sie zuerst eines.
said-there-are-as-many-saved-searches-as-there-may-be-remove-one-first = Mehr gespeicherte Suchen darf es nicht geben. Entfernen Sie zuerst eine.
said-another-field-has-this-name-already-choose-another-name = Ein anderes Feld heißt schon so. Wählen Sie einen anderen Namen.
said-another-organisation-has-this-name-already-choose-another-name = Eine andere Organisation heißt schon so. Wählen Sie einen anderen Namen.
said-an-organisation-needs-a-name = Eine Organisation braucht einen Namen.

## Geräte, Kunden, Standorte, Gruppen
said-a-customer-needs-a-name = Ein Kunde braucht einen Namen.
said-this-device-is-expected-and-nobody-has-enrolled-it-yet-make-a-ticket-under-enrolment-and-use-it-on-the-device-with-farpane-host-enroll-ticket = Dieses Gerät wird erwartet, und niemand hat es bisher aufgenommen. Erzeugen Sie unter Aufnahme ein Ticket und verwenden Sie es auf dem Gerät mit farpane-host enroll TICKET.
said-a-device-needs-a-name = Ein Gerät braucht einen Namen.
said-a-site-or-group-needs-a-name = Ein Standort oder eine Gruppe braucht einen Namen.
said-a-tag-needs-a-name = Eine Markierung braucht einen Namen.
said-a-place-cannot-lie-in-itself = Ein Ort kann nicht in sich selbst liegen.
said-places-may-lie-eight-deep-and-no-deeper-add-it-further-up = Orte liegen höchstens acht Ebenen tief. Legen Sie ihn weiter oben an.
said-places-may-lie-eight-deep-and-no-deeper-move-it-further-up = Orte liegen höchstens acht Ebenen tief. Verschieben Sie ihn weiter nach oben.
said-places-may-lie-most-deep-and-no-deeper = Orte liegen höchstens { $most } Ebenen tief.
said-there-are-as-many-places-as-one-organisation-may-have-remove-some-first = Mehr Orte darf eine Organisation nicht haben. Entfernen Sie zuerst welche.
said-its-devices-have-to-go-to-a-place-of-the-same-customer-that-stays = Die Geräte müssen an einen Ort desselben Kunden, der bleibt.
said-devices-or-places-are-still-in-it-say-where-they-should-go-or-move-them-first = Darin liegen noch Geräte oder Orte. Sagen Sie, wohin sie sollen, oder verschieben Sie sie zuerst.
said-this-customer-still-has-devices-sites-tickets-or-sessions-in-the-record-move-or-remove-its-devices-and-sites-first-what-stands-in-the-record-stays-with-its-customer = Dieser Kunde hat noch Geräte, Standorte, Tickets oder verzeichnete Sitzungen. Verschieben oder entfernen Sie zuerst Geräte und Standorte; was verzeichnet ist, bleibt beim Kunden.
said-there-are-as-many-different-tags-as-there-may-be-use-one-that-exists = Mehr verschiedene Markierungen darf es nicht geben. Nehmen Sie eine vorhandene.
said-one-act-may-change-100-000-devices-narrow-the-search-down = Auf einmal lassen sich 100.000 Geräte ändern. Grenzen Sie die Suche ein.
said-one-request-may-make-a-hundred-changes = Eine Anfrage darf hundert Änderungen enthalten.
said-this-preview-is-too-old-look-at-it-again-then-run-it = Diese Vorschau ist zu alt. Sehen Sie sie neu an und führen Sie sie dann aus.
said-this-cannot-be-undone-it-was-not-done-was-undone-before-or-is-older-than-ten-minutes = Das lässt sich nicht zurücknehmen: Es geschah nie, wurde schon zurückgenommen oder ist älter als zehn Minuten.
said-this-was-done-already = Das ist schon geschehen.
said-this-was-undone-already = Das ist schon zurückgenommen.
said-a-version-looks-like-1-4-or-1-4-2 = Eine Version sieht aus wie 1.4 oder 1.4.2.

## Dateien
said-a-file-may-have-1-000-000-rows-split-it = Eine Datei darf 1.000.000 Zeilen haben. Teilen Sie sie.
said-line-line-cannot-be-read-the-file-has-to-be-csv-in-utf-8 = Zeile { $line } ist nicht lesbar: Die Datei muss CSV in UTF-8 sein.
said-line-1-there-is-no-column-column-the-first-line-names-the-columns-name-and-customer-are-needed = Zeile 1: Es fehlt die Spalte „{ $column }“. Die erste Zeile nennt die Spalten; name und customer braucht es.
said-line-1-there-is-no-column-column-use-name-customer-site-group-tags-os-serial-or-field-key-of-a-custom-field-that-is-defined = Zeile 1: Eine Spalte „{ $column }“ gibt es nicht. Es gibt name, customer, site, group, tags, os, serial und field.SCHLÜSSEL eines eigenen Feldes.
said-it-has-has-cells-the-first-line-has-first = Sie hat { $has } Zellen; die erste Zeile hat { $first }.
said-a-device-has-most-tags-at-most = Ein Gerät hat höchstens { $most } Markierungen.
said-the-device-has-no-customer = Das Gerät hat keinen Kunden.
said-the-device-has-no-name = Das Gerät hat keinen Namen.
said-there-is-no-customer-customer-add-it-or-let-the-import-make-customers = Den Kunden „{ $customer }“ gibt es nicht. Legen Sie ihn an oder lassen Sie den Import Kunden anlegen.
said-there-is-no-site-or-group-name-there-add-it-or-let-the-import-make-places = Dort gibt es weder Standort noch Gruppe „{ $name }“. Legen Sie sie an oder lassen Sie den Import Orte anlegen.

## Aufnahme
said-typed-is-not-a-network-write-one-such-as-192-0-2-0-24-or-2001-db8-48 = „{ $typed }“ ist kein Netz. Schreiben Sie eines wie 192.0.2.0/24 oder 2001:db8::/48.
said-a-ticket-enrols-1-to-most-devices-and-works-for-at-least-a-moment = Ein Ticket nimmt 1 bis { $most } Geräte auf und gilt wenigstens einen Augenblick.
said-a-ticket-names-at-most-most-networks = Ein Ticket nennt höchstens { $most } Netze.
said-a-ticket-sets-at-most-most-tags = Ein Ticket setzt höchstens { $most } Markierungen.
said-at-most-most-devices-are-decided-at-once = Auf einmal wird über höchstens { $most } Geräte entschieden.
said-the-directory-does-not-know-this-ticket-make-a-new-one-in-the-console = Das Verzeichnis kennt dieses Ticket nicht. Erzeugen Sie in der Konsole ein neues.
said-this-ticket-is-used-up-make-a-new-one-in-the-console = Dieses Ticket ist aufgebraucht. Erzeugen Sie in der Konsole ein neues.
said-this-ticket-has-expired-make-a-new-one-in-the-console = Dieses Ticket ist abgelaufen. Erzeugen Sie in der Konsole ein neues.
said-this-ticket-was-taken-back-ask-whoever-gave-it-to-you-for-a-new-one = Dieses Ticket wurde zurückgenommen. Bitten Sie den, der es Ihnen gab, um ein neues.
said-this-ticket-does-not-work-from-this-network-use-it-on-a-device-of-the-site-that-it-was-made-for-or-make-a-new-one-in-the-console = Dieses Ticket gilt nicht in diesem Netz. Verwenden Sie es an dem Standort, für den es gemacht ist, oder erzeugen Sie in der Konsole ein neues.
said-the-device-that-this-ticket-replaces-was-removed-or-stands-elsewhere-now-make-a-new-ticket-in-the-console = Das Gerät, das dieses Ticket ersetzt, wurde entfernt oder steht inzwischen anderswo. Erzeugen Sie in der Konsole ein neues Ticket.
said-whoever-made-this-ticket-may-not-enrol-devices-there-any-more-ask-an-administrator-for-a-new-one = Wer dieses Ticket gemacht hat, darf dort keine Geräte mehr anmelden. Bitten Sie einen Administrator um ein neues.
said-this-key-is-enrolled-as-something-else-already-use-a-fresh-data-folder = Dieser Schlüssel ist schon als etwas anderes aufgenommen. Verwenden Sie einen neuen Datenordner.
said-this-installation-is-not-enrolled-here-or-was-removed-enrol-it-with-a-new-ticket = Diese Installation ist hier nicht aufgenommen oder wurde entfernt. Nehmen Sie sie mit einem neuen Ticket auf.
said-this-machine-uses-the-identity-of-name-which-runs-on-another-machine-it-was-probably-made-from-a-copy-of-its-disk-enrol-it-as-a-device-of-its-own-with-a-new-ticket-farpane-host-enroll-ticket-force = Dieser Rechner verwendet die Identität von { $name }, das auf einem anderen Rechner läuft: Vermutlich entstand er aus einer Kopie der Festplatte. Nehmen Sie ihn mit einem neuen Ticket als eigenes Gerät auf: farpane-host enroll TICKET --force.
said-this-program-is-version-has-and-org-asks-for-at-least-needed-install-the-newer-version-and-start-it-again = Dieser { $program } hat Version { $has }; { $org } verlangt mindestens { $needed }. Installieren Sie die neuere Version und starten Sie ihn neu.
said-this-device-has-reported-about-itself-as-often-as-it-may-on-one-day-it-can-again-after-midnight-utc = Dieses Gerät hat heute so oft über sich berichtet, wie es darf. Nach Mitternacht UTC kann es das wieder.
said-these-are-more-lists-than-a-host-keeps = Das sind mehr Listen, als ein Gerät behält.
said-the-relay-s-address-must-be-one-that-peers-can-reach-like-192-0-2-1-443-start-the-relay-with-public = Das Relay braucht eine erreichbare Adresse wie 192.0.2.1:443. Starten Sie es mit --public.
said-the-report-names-too-many-peers-split-it = Der Bericht nennt zu viele Gegenstellen. Teilen Sie ihn.
said-open-the-stream-first-then-report-everything-that-is-present = Öffnen Sie zuerst den Strom und melden Sie dann alles, was da ist.

## Anmelden
said-the-e-mail-address-or-the-password-is-wrong = Die E-Mail-Adresse oder das Passwort stimmt nicht.
said-your-organisation-asks-for-a-second-factor-and-you-have-none-open-the-console-and-set-one-up-first = Ihre Organisation verlangt einen zweiten Faktor, und Sie haben keinen. Richten Sie zuerst einen in der Konsole ein.
said-the-code-or-passkey-is-not-right-or-the-code-was-used-before-try-the-next-one = Der Code oder Passkey stimmt nicht, oder der Code wurde schon verwendet. Versuchen Sie den nächsten.
said-this-took-too-long-or-was-tried-too-often-sign-in-again = Das hat zu lange gedauert oder wurde zu oft versucht. Melden Sie sich neu an.
said-this-needs-a-fresh-proof-that-it-is-you-confirm-in-the-console-then-do-it-again-within-ten-minutes = Bestätigen Sie dafür in der Konsole, dass Sie es sind, und tun Sie es binnen zehn Minuten noch einmal.
said-your-organisation-asks-for-a-second-factor-and-this-is-your-last-one-add-another-one-first = Ihre Organisation verlangt einen zweiten Faktor, und dies ist Ihr letzter. Fügen Sie zuerst einen anderen hinzu.
said-a-password-alone-is-not-enough-for-this-account-sign-in-through-the-browser-instead-with-farpane-viewer-sign-in = Für dieses Konto genügt ein Passwort allein nicht. Melden Sie sich über den Browser an: farpane-viewer sign-in.
said-the-sign-in-was-refused-in-the-browser = Die Anmeldung wurde im Browser abgelehnt.
said-the-code-was-used-or-nobody-confirmed-it-within-ten-minutes-start-again = Der Code wurde verwendet oder nicht binnen zehn Minuten bestätigt. Beginnen Sie von vorn.
said-somebody-signs-in-with-this-e-mail-address-already-if-they-lost-their-invitation-make-them-a-password-link = Mit dieser E-Mail-Adresse meldet sich schon jemand an. Ging die Einladung verloren, erzeugen Sie einen Passwort-Link.
said-too-many-tries-wait-span-and-try-again = Zu viele Versuche. Warten Sie { $span } und versuchen Sie es noch einmal.
said-this-is-not-an-e-mail-address = Das ist keine E-Mail-Adresse.
said-the-password-is-too-short-use-at-least-12-characters = Das Passwort ist zu kurz: Nehmen Sie mindestens 12 Zeichen.
said-the-password-is-too-long-use-at-most-1024-bytes = Das Passwort ist zu lang: Nehmen Sie höchstens 1024 Bytes.
said-this-password-is-one-that-is-tried-first-use-a-few-words-that-belong-to-nobody = Dieses Passwort gehört zu denen, die zuerst probiert werden. Nehmen Sie ein paar Wörter, die niemandem gehören.
said-this-password-is-your-name-or-address-use-a-few-words-that-belong-to-nobody = Dieses Passwort ist Ihr Name oder Ihre Adresse. Nehmen Sie ein paar Wörter, die niemandem gehören.
said-passkeys-need-a-directory-with-a-name-not-a-bare-address = Passkeys brauchen ein Verzeichnis mit einem Namen, nicht nur einer Adresse.
said-you-have-twenty-passkeys-remove-one-that-you-do-not-use-first = Sie haben zwanzig Passkeys. Entfernen Sie zuerst einen, den Sie nicht verwenden.
said-recovery-codes-stand-in-for-a-second-factor-set-one-up-first = Wiederherstellungscodes vertreten einen zweiten Faktor. Richten Sie zuerst einen ein.
said-a-session-may-stay-unused-for-five-minutes-or-more-and-lives-longer-than-that-and-a-year-at-most = Eine Sitzung darf fünf Minuten oder länger ruhen; sie lebt länger als das und höchstens ein Jahr.
said-allow-it-or-refuse-it = Erlauben Sie es oder lehnen Sie es ab.
said-this-needs-a-token-prove-a-key-first = Dafür braucht es ein Token. Beweisen Sie zuerst einen Schlüssel.
said-this-needs-an-api-token-authorization-bearer-fpt-or-somebody-who-is-signed-in-to-the-console-make-a-token-in-the-console-under-your-name = Dafür braucht es ein API-Token (Authorization: Bearer fpt_…) oder jemanden, der in der Konsole angemeldet ist. Erzeugen Sie ein Token in der Konsole unter Ihrem Namen.
said-this-token-is-not-or-not-any-more-one-of-this-directory-s-prove-the-key-again = Dieses Token ist keines dieses Verzeichnisses, oder keines mehr. Beweisen Sie den Schlüssel noch einmal.
said-this-is-not-an-api-token-those-begin-with-fpt-make-one-in-the-console-under-your-name = Das ist kein API-Token: Die beginnen mit fpt_. Erzeugen Sie eines in der Konsole unter Ihrem Namen.
said-this-is-an-api-token-and-what-it-was-sent-to-is-for-viewers-hosts-and-relays-what-programs-use-is-described-at-api-docs-devices-are-at-api-v1-catalogue-devices = Das ist ein API-Token, und wohin es geschickt wurde, ist für Viewer, Geräte und Relays da. Was Programme verwenden, steht unter /api/docs; Geräte stehen unter /api/v1/catalogue/devices.
said-this-is-not-an-api-token-of-this-directory-or-it-was-taken-back-make-a-new-one-in-the-console-under-your-name = Das ist kein API-Token dieses Verzeichnisses, oder es wurde zurückgenommen. Erzeugen Sie ein neues in der Konsole unter Ihrem Namen.
said-this-api-token-has-expired-make-a-new-one-in-the-console-under-your-name = Dieses API-Token ist abgelaufen. Erzeugen Sie ein neues in der Konsole unter Ihrem Namen.
said-whoever-this-api-token-belongs-to-is-disabled-ask-an-administrator-to-enable-them = Wem dieses API-Token gehört, ist gesperrt. Bitten Sie jemanden aus der Verwaltung, die Sperre aufzuheben.
said-this-key-may-not-do-that = Dieser Schlüssel darf das nicht.
said-the-challenge-was-used-or-is-older-than-a-minute-ask-for-a-new-one = Die Aufgabe wurde verwendet oder ist älter als eine Minute. Bitten Sie um eine neue.
said-the-proof-was-not-made-by-this-key-for-this-directory-enrol-again-with-a-new-ticket = Der Beweis stammt nicht von diesem Schlüssel oder gilt einem anderen Verzeichnis. Nehmen Sie es mit einem neuen Ticket neu auf.

## Rechte
said-these-are-more-rights-than-you-hold-there-or-for-longer-give-fewer-or-ask-somebody-who-holds-them = Das sind mehr Rechte, als Sie dort haben, oder für länger. Geben Sie weniger oder fragen Sie jemanden, der sie hat.
said-whoever-asks-for-this-gave-you-your-account-your-rights-to-decide-or-a-new-way-to-sign-in-within-the-last-seven-days-ask-somebody-else-to-decide-or-the-operator-at-the-directory-s-machine = Wer darum bittet, hat Ihnen in den letzten sieben Tagen Ihr Konto, das Recht zu entscheiden oder einen neuen Weg zur Anmeldung gegeben. Lassen Sie jemand anderen entscheiden oder den Betreiber am Rechner des Verzeichnisses.
said-a-second-person-has-to-say-yes-to-this-the-request-waits-under-access-do-it-again-when-it-is-approved = Dazu muss eine zweite Person ja sagen. Die Anfrage wartet unter Zugriff; tun Sie es noch einmal, wenn sie genehmigt ist.
said-nobody-decides-what-they-asked-for-themselves-ask-a-colleague = Niemand entscheidet, worum er selbst gebeten hat. Fragen Sie eine Kollegin.
said-nobody-gives-rights-to-themselves-ask-another-administrator = Niemand gibt sich selbst Rechte. Fragen Sie eine andere Administratorin.
said-nobody-disables-or-removes-themselves-ask-another-administrator = Niemand sperrt oder entfernt sich selbst. Fragen Sie eine andere Administratorin.
said-nobody-would-be-left-who-owns-the-organisation-make-somebody-else-an-owner-first = Der Organisation bliebe kein Eigentümer. Machen Sie zuerst jemand anderen dazu.
said-something-else-has-that-name-choose-another-one = Etwas anderes heißt schon so. Wählen Sie einen anderen Namen.
said-somebody-still-holds-this-role-take-it-from-them-first = Jemand hat diese Rolle noch. Nehmen Sie sie ihm zuerst.
said-they-hold-this-role-there-already-for-the-same-time-give-it-for-another-time-or-leave-it-as-it-is = Diese Rolle ist dort schon für dieselbe Zeit vergeben. Vergeben Sie sie für eine andere Zeit, oder lassen Sie es so.
said-there-are-as-many-as-there-may-be-remove-some-that-nobody-needs = Mehr darf es nicht geben. Entfernen Sie welche, die niemand braucht.
said-a-webhook-is-told-what-happens-at-every-hour-and-for-good-and-your-rights-to-it-do-not-last-so-long-ask-somebody-to-make-it-whose-roles-have-neither-hours-nor-an-end = Ein Webhook erfährt zu jeder Stunde und auf Dauer, was geschieht, und so lange gelten Ihre Rechte dafür nicht. Bitten Sie jemanden darum, dessen Rollen weder Stunden noch ein Ende haben.
said-this-would-be-over-before-it-begins = Das wäre vorbei, bevor es beginnt.
said-a-group-needs-a-name = Eine Gruppe braucht einen Namen.
said-a-role-needs-a-name = Eine Rolle braucht einen Namen.
said-a-person-needs-a-name = Eine Person braucht einen Namen.
said-a-role-is-asked-for-up-to-30-days = Um eine Rolle bittet man für höchstens 30 Tage.
said-say-why-you-need-it = Sagen Sie, wozu Sie es brauchen.
said-the-operator-needs-no-role = Der Betreiber braucht keine Rolle.
said-somebody-else-decided-this-request-at-the-same-moment = Jemand anderes hat diese Anfrage im selben Augenblick entschieden.
said-this-request-was-decided-before-or-waited-for-too-long = Diese Anfrage wurde schon entschieden oder hat zu lange gewartet.
said-whoever-asked-for-this-may-do-nothing-any-more = Wer darum gebeten hat, darf nichts mehr.
said-say-whose-token-this-is = Sagen Sie, wessen Token das ist.
said-a-token-needs-at-least-one-scope = Ein Token braucht mindestens ein Recht.
said-people-make-tokens-for-themselves-signed-in-to-the-console = Tokens macht man für sich selbst, angemeldet in der Konsole.
said-people-ask-for-roles-themselves-signed-in-to-the-console = Um Rollen bittet man selbst, angemeldet in der Konsole.
said-there-is-no-scope-scope-scopes-are-named-like-actions-such-as-see-devices = Ein Recht „{ $scope }“ gibt es nicht. Rechte heißen wie Handlungen, etwa see-devices.
said-hours-need-a-time-zone-that-the-directory-knows-such-as-europe-oslo-utc-or-01-00 = Zeiten brauchen eine Zeitzone, die das Verzeichnis kennt, etwa Europe/Oslo, UTC oder +01:00.
said-hours-need-days-such-as-mon-fri-or-mon-wed-sat = Zeiten brauchen Tage wie mon-fri oder mon,wed,sat.
said-hours-need-days-times-and-a-zone-such-as-mon-fri-08-00-18-00-europe-oslo = Zeiten brauchen Tage, Uhrzeiten und eine Zeitzone, etwa mon-fri 08:00-18:00 Europe/Oslo.
said-hours-need-two-different-times-such-as-08-00-18-00 = Zeiten brauchen zwei verschiedene Uhrzeiten wie 08:00-18:00.
said-you-may-not-action-here-ask-an-administrator-for-a-role-that-allows-it = Das dürfen Sie hier nicht: { $action }. Bitten Sie eine Administratorin um eine Rolle, die es erlaubt.
said-see-devices = Geräte sehen
said-edit-devices = Geräte bearbeiten
said-remove-devices = Geräte entfernen
said-approve-devices = Geräte freigeben
said-import-devices = Geräte einlesen
said-export-devices = Geräte ausgeben
said-see-inventories = Bestände sehen
said-make-tickets = Tickets erzeugen
said-edit-sites-and-groups = Standorte und Gruppen bearbeiten
said-manage-customers = Kunden verwalten
said-see-sessions = Sitzungen sehen
said-stop-sessions = Sitzungen beenden
said-see-people = Personen sehen
said-manage-people = Personen verwalten
said-give-roles = Rollen geben
said-define-roles = Rollen festlegen
said-decide-requests = Anfragen entscheiden
said-make-api-tokens = API-Tokens erzeugen
said-see-relays = Relays sehen
said-manage-relays = Relays verwalten
said-read-the-audit = das Protokoll lesen
said-export-the-audit = das Protokoll ausgeben
said-change-settings = Einstellungen ändern

## Der Prüfer: Darf jemand etwas, und warum?
said-person-may-act-at-place = { $person } darf an { $place }: { $act }.
said-person-may-act-at-place-but-not-their-own = { $person } darf an { $place }: { $act }, nur nicht die eigenen.
said-person-may-act-at-place-but-neither-their-own-nor-those-of-tied-who-gave-them-their-account-the-right-to-decide-or-a-new-way-to-sign-in-within-the-last-seven-days = { $person } darf an { $place }: { $act }, nur nicht die eigenen und nicht die von { $tied }: Von dort kam in den letzten sieben Tagen das Konto, das Recht zu entscheiden oder ein neuer Weg zur Anmeldung.
said-person-may-act-at-place-but-neither-their-own-nor-those-of-somebody-who-gave-them-their-account-the-right-to-decide-or-a-new-way-to-sign-in-within-the-last-seven-days = { $person } darf an { $place }: { $act }, nur nicht die eigenen und nicht die von jemandem, von dem in den letzten sieben Tagen das Konto, das Recht zu entscheiden oder ein neuer Weg zur Anmeldung kam.
said-sentence-not-everybody-was-looked-at = { $sentence } Nicht alle wurden angesehen.
said-person-may-not-act-at-place-the-account-is-disabled = { $person } darf an { $place } nicht: { $act }. Das Konto ist gesperrt.
said-person-may-not-act-at-place-no-role-gives-it-ask = { $person } darf an { $place } nicht: { $act }. Keine Rolle gibt es. { $ask }
said-person-may-not-act-at-place-now-the-role-that-gives-it-counts-at-another-time = { $person } darf an { $place } jetzt nicht: { $act }. Die Rolle, die es gibt, gilt zu anderer Zeit.
said-ask-for-sessions = um Sitzungen bitten
said-open-sessions-without-asking-the-person-at-the-device = Sitzungen öffnen, ohne die Person am Gerät zu fragen
said-have-scope-in-a-session = „{ $scope }“ in einer Sitzung haben
said-nobody-but-an-owner-of-the-organisation-can-give-it = Geben kann es nur ein Eigentümer der Organisation.

## Sitzungen
said-refusal-ask = { $refusal } { $ask }
said-ask-an-owner-of-the-organisation = Fragen Sie einen Eigentümer der Organisation.
said-it-can-be-given-by-people = Geben kann es { $people }.
said-no-relay-is-connected-to-the-directory-so-no-device-can-be-reached-start-a-relay-or-check-its-log = Kein Relay ist mit dem Verzeichnis verbunden, deshalb ist kein Gerät erreichbar. Starten Sie ein Relay oder sehen Sie in seinem Protokoll nach.
said-none-of-your-roles-gives-you-this-on-the-device-missing = Keine Ihrer Rollen gibt Ihnen auf dem Gerät: { $missing }.
said-the-device-is-not-connected-it-was-last-heard-ago-check-that-it-is-switched-on-and-has-a-network = Das Gerät ist nicht verbunden; zuletzt gehört { $ago }. Prüfen Sie, ob es eingeschaltet ist und ein Netz hat.
said-the-device-waits-for-approval-an-administrator-approves-it-in-the-console-under-devices = Das Gerät wartet auf Freigabe. Eine Administratorin gibt es in der Konsole unter Geräte frei.
said-the-device-was-never-heard-check-that-farpane-host-runs-there-and-can-reach-a-relay = Das Gerät wurde nie gehört. Prüfen Sie, ob farpane-host dort läuft und ein Relay erreicht.
said-the-rules-do-not-allow-these-rights-ask-to-see-the-screen-with-or-without-control = Die Regeln erlauben diese Rechte nicht. Bitten Sie darum, den Bildschirm zu sehen, mit oder ohne Steuerung.
said-without-asking-at-the-device-sessions-with-this-customer-need-a-second-person-your-request-waits-connect-again-when-somebody-approved-it = Ohne Frage am Gerät braucht eine Sitzung bei diesem Kunden eine zweite Person. Ihre Anfrage wartet; verbinden Sie sich noch einmal, wenn sie genehmigt ist.
said-you-may-see-this-device-and-not-connect-to-it-none-of-your-roles-reaches-it = Sie dürfen dieses Gerät sehen, sich aber nicht verbinden: Keine Ihrer Rollen erreicht es.
said-you-opened-devices-devices-within-the-hour-for-more-a-second-person-has-to-say-yes-your-request-waits-connect-again-when-somebody-approved-it = Sie haben binnen einer Stunde { $devices } Geräte geöffnet; für mehr muss eine zweite Person ja sagen. Ihre Anfrage wartet; verbinden Sie sich noch einmal, wenn sie genehmigt ist.
said-your-account-is-disabled-ask-an-administrator-to-enable-it = Ihr Konto ist gesperrt. Bitten Sie eine Administratorin, es zu entsperren.
said-person-is-connected-to-this-device-try-again-when-they-are-done = { $person } ist mit diesem Gerät verbunden. Versuchen Sie es danach noch einmal.
said-this-session-is-over = Diese Sitzung ist zu Ende.
said-this-session-has-shown-no-picture = Diese Sitzung hat noch kein Bild gezeigt.
said-a-session-of-this-length-cannot-have-shown-these-pictures = Eine Sitzung dieser Dauer kann diese Bilder nicht gezeigt haben.

## Der Server
said-the-directory-is-busy-try-again-in-a-moment = Das Verzeichnis ist beschäftigt. Versuchen Sie es gleich noch einmal.
said-the-disk-of-the-directory-s-server-is-full-so-nothing-can-be-recorded-and-nothing-can-begin-free-some-space-there-it-goes-on-by-itself = Die Festplatte des Verzeichnisservers ist voll; deshalb lässt sich nichts aufzeichnen und nichts beginnen. Schaffen Sie dort Platz; es geht von selbst weiter.

## Was es nicht gibt
said-there-is-no-such-assignment = Diese Zuweisung gibt es nicht.
said-there-is-no-such-authenticator-app = Diese Authenticator-App gibt es nicht.
said-there-is-no-such-code-or-it-has-been-used-or-has-expired-start-again-in-the-viewer = Diesen Code gibt es nicht, oder er wurde verwendet oder ist abgelaufen; beginnen Sie im Viewer von vorn.
said-there-is-no-such-code-or-somebody-has-answered-already = Diesen Code gibt es nicht, oder jemand hat schon geantwortet.
said-there-is-no-such-code = Diesen Code gibt es nicht.
said-there-is-no-such-customer = Diesen Kunden gibt es nicht.
said-there-is-no-such-device = Dieses Gerät gibt es nicht.
said-there-is-no-such-field = Dieses Feld gibt es nicht.
said-there-is-no-such-group = Diese Gruppe gibt es nicht.
said-there-is-no-such-link-or-it-has-been-used-or-has-expired = Diesen Link gibt es nicht, oder er wurde verwendet oder ist abgelaufen.
said-there-is-no-such-organisation = Diese Organisation gibt es nicht.
said-there-is-no-such-page = Diese Seite gibt es nicht.
said-there-is-no-such-passkey = Diesen Passkey gibt es nicht.
said-there-is-no-such-person = Diese Person gibt es nicht.
said-there-is-no-such-place = Diesen Ort gibt es nicht.
said-there-is-no-such-preview = Diese Vorschau gibt es nicht.
said-there-is-no-such-record = Diese Aufzeichnung gibt es nicht.
said-there-is-no-such-relay = Dieses Relay gibt es nicht.
said-there-is-no-such-request = Diese Anfrage gibt es nicht.
said-there-is-no-such-role = Diese Rolle gibt es nicht.
said-there-is-no-such-saved-search = Diese gespeicherte Suche gibt es nicht.
said-there-is-no-such-session = Diese Sitzung gibt es nicht.
said-there-is-no-such-set-up-begin-again = Diese Einrichtung gibt es nicht; beginnen Sie von vorn.
said-there-is-no-such-setting = Diese Einstellung gibt es nicht.
said-there-is-no-such-settings = Diese Einstellungen gibt es nicht.
said-there-is-no-such-ticket = Dieses Ticket gibt es nicht.
said-there-is-no-such-token = Dieses Token gibt es nicht.
said-there-is-no-such-viewer = Diesen Viewer gibt es nicht.

## Rechte in einer Sitzung
said-see-the-screen = Bildschirm sehen
said-mouse-and-keyboard = Maus und Tastatur
said-put-text-on-the-clipboard = Text in die Zwischenablage legen
said-read-the-clipboard = Zwischenablage lesen
said-files = Dateien
said-sound = Ton
said-record = aufzeichnen

# The record.
said-the-time-time-was-not-understood-write-it-like-2026-03-01 = Die Zeitangabe { $time } wurde nicht verstanden. Schreiben Sie sie wie 2026-03-01.
said-remove-this-person-first-what-they-do-is-still-recorded-with-their-name = Entfernen Sie diese Person zuerst: Was sie tut, wird noch mit ihrem Namen festgehalten.
said-there-is-no-such-decision = Diese Entscheidung gibt es nicht.
said-a-relay-needs-a-name = Ein Relay braucht einen Namen.
said-another-relay-has-this-name-already-choose-another-name = Ein anderes Relay heißt schon so. Wählen Sie einen anderen Namen.
said-there-is-no-such-webhook = Diesen Webhook gibt es nicht.
said-a-webhook-needs-an-https-address-without-a-name-a-password-or-a-in-it = Ein Webhook braucht eine https-Adresse ohne Namen, Passwort und # darin.
said-name-kinds-of-events-such-as-device-enrolled-session-or = Nennen Sie Arten von Ereignissen wie device.enrolled, session.* oder *.
said-there-is-no-kind-of-event-kind-there-are-known = Die Ereignisart „{ $kind }“ gibt es nicht. Es gibt: { $known }.
