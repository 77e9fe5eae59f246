# Settings of the organisation.

settings-title = Settings
settings-organisation = Organisation
settings-sign-in = Signing in
settings-versions = Versions
settings-fields = Fields
saved = Saved.
confirm-before = Before anything here can be changed you have to prove once more who you are.
confirm-now = Do that now

organisation-name = Name of the organisation
organisation-name-why = People at devices read it when they are asked, and everybody who signs in.

sign-in-factor = Everybody needs a second factor
sign-in-factor-why = Whoever has none is led to set one up when they sign in next, and can do nothing before.
sign-in-idle = A browser is signed out when it was not used for
sign-in-life = and in any case after
sign-in-spans-why = At least five minutes, at most a year.
sign-in-customers = Customers that ask for a second factor
sign-in-customers-none = None asks for it apart from this.
sign-in-customers-where = Each customer's page has the switch.
customer-factor = Second factor
customer-factor-on = Only people with a second factor may reach this customer's devices.
customer-factor-off = People may reach this customer's devices without a second factor.
customer-factor-ask = Ask for a second factor
customer-factor-ask-not = Do not ask for it any more
unit = Unit
unit-minutes = minutes
unit-hours = hours
unit-days = days

versions-what = Older programs are turned away and told what to install. Leave a field empty to let every version in.
versions-host = Oldest host that may take part
versions-viewer = Oldest viewer that may take part
versions-hint = Such as 1.4 or 1.4.2
versions-look = How many would be turned away?
versions-below = { $count ->
    [0] No device that you see runs a host older than { $version }.
    [one] { $count } device runs a host older than { $version }.
   *[other] { $count } devices run a host older than { $version }.
}
versions-below-more = { $count } devices or more run a host older than { $version }.
versions-show = Show them

fields-none = No custom fields yet.
fields-what = A field holds what you want to know about devices beside what they report: a cost centre, the end of a warranty, a room.
field-kind = Kind
field-choices = Choices
field-searched = In searches
field-text = text
field-number = number
field-date = day
field-choice = one of several
field-remove-what = Its values on all devices are lost and do not come back.
field-remove = Remove the field
field-add = Add a field
field-label = What it is called
field-label-hint = Such as Cost centre
field-key = Its key in searches and tables
field-key-hint = Small letters, digits, - and _, such as cost-centre
field-choices-hint = One on each line, { $most } at most; only for the kind “one of several”.

settings-webhooks = Webhooks
webhooks-none = No server of yours is told what happens.
webhooks-what = Your own servers can be told what happens here: over HTTPS, signed, with ids and kinds of events and never with names.
webhook-url = Address
webhook-url-hint = Such as https://hooks.example/farpane. What lies in a private network has to be allowed with serve --webhook-to.
webhook-events = Events
webhook-events-hint = Such as device.enrolled session.* with spaces between, or * for all
webhook-kinds = All kinds of events
webhook-since = Since
webhook-add = Add a webhook
webhook-made = The webhook is made. It is told what happens from now on.
webhook-once = This secret signs what is sent (Standard Webhooks). It is shown only once: copy it to your server now.
webhook-missed = Not told, because too much waited or it was on hold
webhook-told = What was told last
webhook-told-none = Nothing was told yet.
webhook-tries = Tries
webhook-answer = Answer
webhook-waits = waits
webhook-taken = taken
webhook-again = will be tried again
webhook-given-up = given up
webhook-try = Send a trial
webhook-remove = Remove the webhook
webhook-remove-what = What waits to be told there is not told any more.
webhook-on-hold = It is told nothing, because whoever made it is disabled, gone or has lost the rights for it. What happens meanwhile is counted.
