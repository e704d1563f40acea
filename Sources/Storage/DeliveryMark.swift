public import FeedModel
public import FoundationEssentials

/// A step of a delivery from one state to another.
public struct DeliveryMark: Sendable {
    public var id: String
    /// The new state.
    public var state: DeliveryState
    public var at: Date
    /// When it is tried again.
    public var next: Date?
    public var error: String?
    /// Whether the recipient was refused for good.
    public var isRefusal: Bool
    public var trial: Trial

    /// What was undertaken before the step.
    public enum Trial: Sendable {
        case made
        /// It was begun, and ended before anything of it was sent: it takes no part of the day's mail.
        case spared
        /// It was begun and taken back before anything of it was sent: it waits again as if that had never been.
        case withdrawn
        /// It was not begun: the patience with it does not run yet.
        case none
    }

    public init(
        id: String, state: DeliveryState, at: Date, next: Date? = nil, error: String? = nil, isRefusal: Bool = false,
        trial: Trial = .made
    ) {
        self.isRefusal = isRefusal
        self.trial = trial
        self.id = id
        self.state = state
        self.at = at
        self.next = next
        self.error = error
    }

    /// The step back of a delivery that was marked as being sent and is not sent after all (M-08).
    ///
    /// - Parameter delivery: as it was before it was marked. What may have arrived then may have arrived still.
    public init(takingBack delivery: Delivery, at moment: Date) {
        self.init(
            id: delivery.id, state: delivery.state, at: moment, error: delivery.lastError, trial: .withdrawn)
    }

    /// Whether a delivery in `old` may take this step. What was accepted stays accepted (M-06), what is being sent is not
    /// begun again, and a dead letter lies until somebody asks for it.
    func mayFollow(_ old: DeliveryState) -> Bool {
        if trial == .withdrawn { return old == .sending && state.isOpen }
        return switch state {
        case .sending: old.isOpen
        case .accepted, .deferred, .unknown: ![.accepted, .failed].contains(old)
        case .failed: old != .accepted
        case .planned, .frozen: false
        }
    }
}

extension DeliveryState {
    /// Whether a delivery waits for its next attempt.
    var isOpen: Bool { [.planned, .frozen, .deferred, .unknown].contains(self) }
}
