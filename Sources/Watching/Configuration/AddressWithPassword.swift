import FeedModel
import Glibc

// Some readers' exports carry the user name and password within a feed's address. They are taken out of it, so that no log,
// digest or store ever holds them.

extension Feed {
    /// The feed with user name and password beside its address instead of in it.
    func separatingCredentials() -> Feed {
        guard let scheme = url.firstIndex(of: ":"), url[scheme...].hasPrefix("://") else { return self }
        let start = url.index(scheme, offsetBy: 3)
        let end = url[start...].firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? url.endIndex
        guard let at = url[start..<end].lastIndex(of: "@") else { return self }
        let parts = url[start..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        var feed = self
        feed.url = String(url[..<start] + url[url.index(after: at)...])
        if feed.username == nil, let name = parts.first, !name.isEmpty {
            feed.username = decoded(name)
            feed.password = Password(parts.count > 1 ? decoded(parts[1]) : "")
        }
        return feed
    }

    /// Percent-encoded octets undone (RFC 3986, 2.1).
    private func decoded(_ text: Substring) -> String {
        var out: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                out.append(value)
                rest = rest.dropFirst(2)
            } else {
                out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}

/// Why a list of feeds cannot be used as it is: it holds a password that others can read (S16). nil if all is well.
func exposedPassword(in feeds: [Feed], of path: String) -> String? {
    guard feeds.contains(where: { $0.password != nil }) else { return nil }
    var facts = stat()
    guard stat(path, &facts) == 0, facts.st_mode & (S_IROTH | S_IWOTH) != 0 else { return nil }
    return "an address holds a password, and others can read the file; run: chmod o-rw \(path)"
}
