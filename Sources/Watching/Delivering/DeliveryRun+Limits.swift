import FeedModel
import FoundationEssentials
import Storage

/// What keeps mail from doing harm when something goes wrong: an address that refuses one message after the other gets no
/// more (M-07), and on one day only so many messages leave (M-13).
extension DeliveryRun {
    /// Refusals on end after which a recipient is suspended, until somebody says `durbeen outbox resume`.
    static let mostRefusals = 3

    /// The addresses that get no more, with how they came to that.
    func suspendedRecipients() async throws(StoreError) -> [String: RefusingRecipient] {
        Dictionary(
            try await store.refusingRecipients(atLeast: Self.mostRefusals).map { ($0.address, $0) },
            uniquingKeysWith: { first, _ in first })
    }

    /// One line for each address that was suspended since `before` was asked for: it is the moment somebody should look into it.
    func tellSuspended(besides before: [String: RefusingRecipient]) async throws(StoreError) {
        for (address, recipient) in try await suspendedRecipients().sorted(by: { $0.key < $1.key })
        where before[address] == nil {
            log(
                .error, "a recipient is suspended and gets no more mail",
                [
                    "to": address, "refusals": "\(recipient.refusals)", "why": recipient.reason,
                    "way_out": "durbeen outbox resume \(address)",
                ])
        }
    }

    /// Settles what must not be tried now: fails what is for suspended recipients, and puts off what is beyond the day's cap.
    ///
    /// - Returns: the rest, in order.
    func holdBack(
        _ deliveries: [Delivery], _ suspended: [String: RefusingRecipient], into summary: inout Summary
    ) async throws(StoreError) -> [Delivery] {
        let now = time.now()
        let cap = configuration.mail.dailyCap
        var room = cap == 0 ? Int.max : max(0, cap - (try await store.mailBegun(onDayOf: now)))
        var (rest, marks): ([Delivery], [DeliveryMark]) = ([], [])
        var beyond = 0
        for delivery in deliveries {
            if delivery.sink.isMail, let recipient = suspended[delivery.recipient] {
                marks.append(suspend(delivery, recipient, at: now, into: &summary))
            } else if delivery.sink.isMail, room == 0 {
                beyond += 1
                marks.append(putOff(delivery, cap: cap, at: now, into: &summary))
            } else {
                if delivery.sink.isMail { room -= 1 }
                rest.append(delivery)
            }
        }
        try await store.settle(marks)
        if beyond > 0 {
            log(
                .error, "the day's cap of mail is reached; is something repeating itself?",
                ["cap": "\(cap)", "put_off": "\(beyond)", "until": timestamp(Self.nextDay(after: now))])
        }
        return rest
    }

    private func suspend(
        _ delivery: Delivery, _ recipient: RefusingRecipient, at now: Date, into summary: inout Summary
    ) -> DeliveryMark {
        let why = delivery.givenUp(
            "not sent: \(recipient.address) refused \(recipient.refusals) messages on end; once it takes mail again: "
                + "durbeen outbox resume \(recipient.address)")
        summary.failed += 1
        say(.error, delivery, "failed", why: why)
        return DeliveryMark(id: delivery.id, state: .failed, at: now, error: why)
    }

    private func putOff(_ delivery: Delivery, cap: Int, at now: Date, into summary: inout Summary) -> DeliveryMark {
        summary.deferred += 1
        return DeliveryMark(
            id: delivery.id, state: delivery.waitingState, at: now, next: Self.nextDay(after: now),
            error: "put off: \(cap) messages were sent today, as many as [mail] daily_cap allows", trial: .none)
    }

    private static func nextDay(after moment: Date) -> Date {
        Date(timeIntervalSince1970: ((moment.timeIntervalSince1970 / 86_400).rounded(.down) + 1) * 86_400)
    }
}
