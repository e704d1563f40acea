import FeedModel

// What happens to every piece of text from outside before it is laid out.

/// One line of text without anything that could steer a reader's screen: controls and line ends become single spaces,
/// bidirectional embeddings, overrides and isolates, invisible tags and noncharacters are dropped. Order marks (U+200E,
/// U+200F) stay: Urdu text needs them.
func cleaned(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    var pendingSpace = false
    for scalar in text.unicodeScalars {
        switch TextRole(scalar) {
        case .space: pendingSpace = !scalars.isEmpty
        case .hidden: continue
        case .shown:
            if pendingSpace { scalars.append(" ") }
            pendingSpace = false
            scalars.append(scalar)
        }
    }
    return String(scalars)
}

/// How a code point is treated in shown text.
enum TextRole {
    case shown, space, hidden

    init(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x00..<0x21, 0x7F...0xA0, 0x2028, 0x2029, 0x3000, 0x2000...0x200A, 0x202F, 0x205F: self = .space
        case 0x202A...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFC, 0x200B, 0xAD, 0x061C: self = .hidden
        case 0xE0000...0xE0FFF, 0xFDD0...0xFDEF: self = .hidden
        default: self = scalar.value & 0xFFFE == 0xFFFE ? .hidden : .shown
        }
    }
}

/// `text` or its beginning, at most `length` characters with the ellipsis, cut between words where there are any.
func shortened(_ text: String, to length: Int) -> String {
    guard text.count > length else { return text }
    let start = text.prefix(max(0, length - 1))
    let words = start.lastIndex(of: " ").map { start[..<$0] } ?? start
    return (words.count > length / 2 ? words : start) + "…"
}

/// The host of a URL without `www.`, or the URL where it has none.
func hostName(of url: String) -> String {
    guard let parts = WebURL(url) else { return cleaned(url) }
    return parts.host.hasPrefix("www.") ? String(parts.host.dropFirst(4)) : parts.host
}

/// `url` if it is an http or https address, with what must not stand in one percent-encoded; nil for anything else. Every link
/// of every renderer goes through here (S9, S10).
func webURL(_ url: String?) -> String? { url.flatMap { WebURL($0) }?.text }
