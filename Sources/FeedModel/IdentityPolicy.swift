/// By what the entries of a feed are told apart, where it is not by all they have (D1).
public enum IdentityPolicy: String, Sendable, Hashable, CaseIterable, Codable {
    /// The id alone, whatever else changes. What has none is known by link, title and lead.
    case guid
    /// The link alone. What has none is known by title and lead.
    case link
    /// Link, title and lead together: an edited entry is another one.
    case hash
    /// Any two of link, title and lead, and never the id: for feeds that give one id, or one link, to several entries.
    case composite
}
