# Warum Sitzungen enden, als Satz und als Wort.

## Warum eine Sitzung endete
said-the-session-ended-for-a-reason-this-version-does-not-know-update-the-viewer = Die Sitzung endete aus einem Grund, den diese Version nicht kennt. Aktualisieren Sie den Viewer.
said-the-session-has-ended = Die Sitzung ist zu Ende.
said-the-person-at-the-device-stopped-the-session = Die Person am Gerät hat die Sitzung beendet.
said-the-person-at-the-device-refused-call-them-before-you-ask-again = Die Person am Gerät hat abgelehnt. Rufen Sie sie an, bevor Sie noch einmal fragen.
said-nobody-answered-at-the-device-in-time-call-them-then-ask-again = Am Gerät hat niemand rechtzeitig geantwortet. Rufen Sie dort an und fragen Sie dann noch einmal.
said-the-device-could-not-ask-anybody-so-the-answer-is-no-check-that-someone-is-logged-in-there = Das Gerät konnte niemanden fragen, deshalb ist die Antwort nein. Prüfen Sie, ob dort jemand angemeldet ist.
said-this-permission-was-used-before-each-works-once-connect-again-to-get-a-new-one = Diese Erlaubnis wurde schon verwendet; jede gilt einmal. Verbinden Sie sich neu, um eine neue zu bekommen.
said-this-permission-has-expired-connect-again-if-it-repeats-check-the-clock-of-the-directory-s-server = Diese Erlaubnis ist abgelaufen. Verbinden Sie sich neu; wenn es wieder geschieht, prüfen Sie die Uhr des Verzeichnisservers.
said-this-permission-is-for-another-device-connect-again-from-the-device-list = Diese Erlaubnis gilt für ein anderes Gerät. Verbinden Sie sich neu aus der Geräteliste.
said-this-permission-belongs-to-another-viewer-sign-in-on-this-machine-and-connect-again = Diese Erlaubnis gehört einem anderen Viewer. Melden Sie sich an diesem Rechner an und verbinden Sie sich neu.
said-the-device-does-not-accept-this-permission-it-is-not-signed-by-its-directory = Das Gerät nimmt diese Erlaubnis nicht an: Sein Verzeichnis hat sie nicht unterschrieben.
said-the-device-s-own-rules-do-not-allow-these-rights-ask-for-fewer-or-change-the-policy-at-the-device = Die Regeln des Geräts erlauben diese Rechte nicht. Bitten Sie um weniger oder ändern Sie die Regeln am Gerät.
said-an-administrator-ended-this-session-you-opened-a-newer-one-to-this-device-or-the-permission-was-taken-back = Eine Administratorin hat diese Sitzung beendet, Sie haben eine neuere mit diesem Gerät begonnen, oder die Erlaubnis wurde zurückgenommen.
said-the-device-lost-its-directory-for-too-long-so-it-ended-the-session = Das Gerät hatte zu lange keine Verbindung zum Verzeichnis und hat die Sitzung beendet.
said-the-session-reached-its-longest-allowed-time-connect-again-if-there-is-more-to-do = Die Sitzung hat ihre längste erlaubte Dauer erreicht. Verbinden Sie sich neu, wenn noch etwas zu tun ist.
said-the-part-of-the-host-that-shows-the-screen-stopped-it-starts-again-by-itself-connect-again = Der Teil des Hosts, der den Bildschirm zeigt, ist stehen geblieben. Er startet von selbst neu; verbinden Sie sich noch einmal.
said-the-other-side-sent-something-that-is-not-allowed-so-the-session-was-closed = Die Gegenseite hat etwas Unerlaubtes gesendet; die Sitzung wurde geschlossen.
said-the-device-is-shutting-down-or-restarting-farpane-connect-again-in-a-moment = Das Gerät fährt herunter oder startet Farpane neu. Verbinden Sie sich gleich noch einmal.
said-lost-contact-with-the-device-or-its-relay-connect-again-if-that-fails-check-that-the-device-is-switched-on-and-has-a-network = Der Kontakt zum Gerät oder seinem Relay ist abgerissen. Verbinden Sie sich neu; gelingt das nicht, prüfen Sie, ob das Gerät eingeschaltet ist und ein Netz hat.
said-someone-else-is-connected-to-this-device-try-again-when-they-are-done = Jemand anderes ist mit diesem Gerät verbunden. Versuchen Sie es danach noch einmal.
said-the-device-cannot-write-its-record-of-the-session-so-it-refuses-check-its-disk = Das Gerät kann die Sitzung nicht aufzeichnen und lehnt deshalb ab. Prüfen Sie seine Festplatte.
said-the-device-has-no-screen-that-can-be-shown-check-that-a-desktop-is-running-there = Das Gerät hat keinen Bildschirm, der sich zeigen lässt. Prüfen Sie, ob dort ein Desktop läuft.
said-the-device-did-not-understand-this-viewer-update-the-older-of-the-two = Das Gerät hat diesen Viewer nicht verstanden. Aktualisieren Sie den älteren von beiden.
said-this-permission-belongs-to-another-session-connect-again-to-get-a-new-one = Diese Erlaubnis gehört zu einer anderen Sitzung. Verbinden Sie sich neu, um eine neue zu bekommen.
said-the-role-that-this-session-rested-on-ended-or-was-taken-away-ask-an-administrator-for-it = Die Rolle, auf der diese Sitzung beruhte, ist abgelaufen oder wurde entzogen. Bitten Sie eine Administratorin darum.

## Dasselbe als Wort im Protokoll
said-other = anderer Grund
said-viewer-left = vom Techniker verlassen
said-person-stopped = von der Person beendet
said-person-refused = von der Person abgelehnt
said-consent-timed-out = keine Antwort
said-consent-unavailable = niemand zu fragen
said-grant-used = Erlaubnis verbraucht
said-grant-expired = Erlaubnis abgelaufen
said-grant-for-other-device = Erlaubnis für anderes Gerät
said-grant-for-other-viewer = Erlaubnis für anderen Viewer
said-grant-invalid = Erlaubnis ungültig
said-rights-above-policy = mehr Rechte als erlaubt
said-revoked = zurückgenommen
said-lease-expired = Verzeichnis zu lange fort
said-max-duration = längste Dauer erreicht
said-helper-lost = Hilfsprozess fort
said-protocol-violation = Verstoß gegen das Protokoll
said-host-stopping = Gerät hört auf
said-lost-contact = Kontakt abgerissen
said-busy = belegt
said-cannot-record = nicht aufzuzeichnen
said-no-screen = kein Bildschirm
said-bad-hello = nicht verstanden
said-grant-for-other-session = Erlaubnis für andere Sitzung
said-rights-ended = Rolle abgelaufen oder entzogen
