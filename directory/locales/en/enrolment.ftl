# Tickets and the queue of waiting devices; what a device says about its machine.

ticket-place = Customer and place
ticket-more = Tags, networks, access
ticket-attended = Always ask a person at the device
ticket-attended-why = Nobody opens these devices without being allowed in, whatever their own rules say.
ticket-tags = Tags
ticket-tags-hint = Parted by commas. Each device gets them.
ticket-networks = Works only from these networks
ticket-networks-hint = Such as 192.0.2.0/24. Empty: from everywhere.
ticket-note = What it is for
ticket-note-hint = Shown beside each device that waits.
ticket-no-right = You may not make tickets.
ticket-no-right-next = Ask an administrator for the right to make tickets, or for a ticket.
tickets-title = Tickets
tickets-none = No tickets yet.
ticket-for = For
ticket-used = Used
ticket-used-of = { $used } of { $allowed }
ticket-asks = Asks and gives
ticket-expires = Works until
ticket-take-back = Take back
ticket-works = works
ticket-used-up = used up
ticket-expired = expired
ticket-revoked = taken back
ticket-maker-gone = void: whoever made it is gone
ticket-chip-queue = waits for approval
ticket-chip-attended = always asks
ticket-chip-replaces = replaces a key
waiting-choose = Choose
waiting-tick = Choose { $name }
waiting-ticked = The chosen devices:
waiting-approve = Approve chosen
waiting-refuse = Turn away chosen
waiting-twin = { $count ->
    [one] another device has this name
   *[other] { $count } other devices have this name
}
