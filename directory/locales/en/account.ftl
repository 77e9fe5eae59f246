# Signing in, one's own account, second factors, viewers that want in.

second-title = One more step
second-for = Signing in as { $account }
second-code = Code of your authenticator app
second-recovery = Recovery code
second-recovery-too = Or one of your recovery codes.
second-other = Sign in as somebody else

confirm-title = Is it still you?
confirm-why = This is a far-reaching change, so { $account } has to confirm it. The confirmation holds for ten minutes.
confirm-button = Confirm

passkey-sign-in = Sign in with a passkey
passkey-use = Use a passkey
passkey-failed = The passkey was not used. Try again, or use another way.
passkey-name = Name of the new passkey
passkey-name-like = Laptop, phone, key ring
passkey-add = Add a passkey
passkeys-title = Passkeys
passkeys-what = A passkey is your phone, your computer or a security key. It signs you in without a password and cannot be handed to a false page.
passkeys-script = Adding a passkey needs JavaScript.
passkeys-no-name = Passkeys belong to a name. This directory is reached by a bare address, so it cannot have any.

link-invited-title = Invitation
link-invited = { $org } has invited you. Choose a password to come in.
link-come-in = Come in
link-reset-title = New password
link-reset = Choose a new password for { $org }.
link-done = The password of { $account } is set.

password-title = Password
password-old = Old password
password-new = New password
password-rule = At least 12 characters. A few words that belong to nobody are good.
password-set = Set the password
password-ends-others = Whoever is signed in as you in another browser has to sign in again.

account-title = Your account
account-name = Your name
account-name-why = People at devices see it when you ask for a session.
account-name-save = Save
account-password-changed = The password is changed. Other browsers have to sign in again.
account-has-factor = Signing in takes more than your password.
account-no-factor = Your password alone signs you in. Whoever learns it can do what you can.

factors-title = Second factors
factors-change = Second factors
factors-must = Your organisation asks for a second factor. Set one up to go on.
factor-remove = Remove

app-title = Authenticator app
app-what = An app on your phone shows a code that changes every half minute.
app-set-up = Set up an app
app-replace = Set up another app
app-since = An app was set up:
app-scan = Scan this with the app on your phone.
app-picture = Picture that an authenticator app reads; the letters below say the same
app-type = Or type these letters into it:
app-code = Code that the app shows now
app-finish = Finish

recovery-title = Recovery codes
recovery-what = If you lose your phone or key, one of these signs you in, once. Print them or keep them in a safe place.
recovery-left = { $count ->
    [0] You have none.
    [one] { $count } is left.
   *[other] { $count } are left.
}
recovery-make = Make new codes
recovery-new = These are your new recovery codes; older ones work no more. They are shown only once: keep them now.

web-sessions-title = Where you are signed in
web-session-this = this one
web-session-end = Sign out
web-session-end-others = Sign out everywhere else
column-browser = Browser
column-used = Last used
column-signed-in = Signed in

viewers-title = Your viewers
viewers-activate = A viewer shows you a code? Let it in here.
viewers-none = You have not signed in with a viewer yet.
viewer-remove = Sign out

activate-title = Sign in a viewer
activate-type = Code that the viewer shows
activate-next = Go on
activate-ask = A viewer wants to be signed in as you. Allow it only if you have just started it yourself and it shows the same code.
activate-code = Code
activate-elsewhere = It asks from another address than your browser. If it does not run on this network, refuse.
activate-means = It will find and open every device that you may open, until you sign it out on the page of your account.
activate-allow = Allow
activate-refuse = Refuse
activate-allowed = { $name } is signed in. You can close this page.
activate-refused = { $name } was turned away.

account-language = Language of your pages
account-language-auto = the one that the browser asks for

tokens-title = API tokens
tokens-what = A token lets a program do something in your place: never more than you may yourself, until it expires or you take it back.
tokens-none = You have no tokens.
token-for = What it is for
token-for-hint = Such as nightly inventory
token-may = May
token-where = Where
token-until = Works for
token-ends = Ends
token-make = Make a token
token-made = The token is made.
token-once = It is shown only once: copy it now, and keep it as you keep a password.
token-reach = find devices that its owner may reach
token-no-right = You may not make tokens. Ask an administrator for a role that allows it.
