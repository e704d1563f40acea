import FeedModel

/// By what the entries of a feed are told apart now, and by what they were when it was last read.
struct IdentityRule: Sendable, Equatable {
    /// nil for all that an entry has, which is the rule.
    var policy: IdentityPolicy?
    /// What is known stays known when the rule changes: for one document, entries are told by the rule before as well.
    var previous: IdentityPolicy?
    /// Whether the reader left the choice to us, so that ids which prove worthless may be passed over.
    var isAutomatic: Bool

    init(_ record: FeedRecord) {
        let memory = record.state.memory
        policy = record.feed.identity ?? (memory.demotion == nil ? nil : .composite)
        previous = memory.identity
        isAutomatic = record.feed.identity == nil && memory.demotion == nil
    }

    /// The rule for a feed whose ids have just proved to be worthless.
    var demoted: IdentityRule {
        var rule = self
        rule.previous = policy
        rule.policy = .composite
        rule.isAutomatic = false
        return rule
    }
}
