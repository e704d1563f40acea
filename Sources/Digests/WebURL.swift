/// An http or https address taken apart as far as a digest needs it.
struct WebURL: Equatable {
    /// `http` or `https`.
    let scheme: String
    /// In lower case, ASCII letters only folded; with the port unless it is the scheme's own.
    let host: String
    /// What follows the host, from the first `/` or `?`; may be empty. Without the fragment.
    let path: Substring
    let query: Substring?
    /// Safe to print between any brackets or quotes: printable ASCII, the rest percent-encoded (RFC 3986, 2.1).
    let text: String

    init?(_ address: String) {
        let encoded = Self.percentEncoded(address)
        let scheme: String
        switch encoded.prefix(8).lowercased() {
        case "https://": scheme = "https"
        case let start where start.hasPrefix("http://"): scheme = "http"
        default: return nil
        }
        let rest = encoded.dropFirst(scheme.utf8.count + 3)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        // A name and password before the host have no use in a digest but to deceive.
        guard !authority.isEmpty, !authority.contains("@") else { return nil }
        var host = authority.lowercased()
        let ownPort = scheme == "https" ? ":443" : ":80"
        if host.hasSuffix(ownPort) { host.removeLast(ownPort.count) }
        guard !host.isEmpty, host != ".", !host.hasPrefix(":") else { return nil }
        let tail = rest.dropFirst(authority.count).prefix { $0 != "#" }
        self.scheme = scheme
        self.host = host
        path = tail.prefix { $0 != "?" }
        query = tail.firstIndex(of: "?").map { tail[tail.index(after: $0)...] }
        text = scheme + "://" + rest
    }

    /// The same for two addresses of one page: no scheme, no `www.`, no closing slash, no fragment, no parameters that only
    /// say where a click came from, the others in order. Nil for the front page of a site, which is nobody's page.
    var canonical: String? {
        var page = path
        while page.last == "/" { page.removeLast() }
        let parameters = (query ?? "").split(separator: "&").filter { !Self.isTracking($0) }.sorted()
        guard !page.isEmpty || !parameters.isEmpty else { return nil }
        let site = host.hasPrefix("www.") ? String(host.dropFirst(4)) : host
        return site + page + (parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&"))
    }

    private static func isTracking(_ parameter: Substring) -> Bool {
        let name = parameter.prefix { $0 != "=" }.lowercased()
        let exact: Set<String> = [
            "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "igshid", "mc_cid",
            "mc_eid",
            "_hsenc", "_hsmi", "ref_src", "ref_url", "cmpid", "cmp", "ncid", "ocid", "ito", "smid", "taid",
            "traffic_source",
            "spm", "__twitter_impression", "ns_mchannel", "ns_source", "ns_campaign", "ns_linkname",
        ]
        return exact.contains(name) || name.hasPrefix("utm_") || name.hasPrefix("at_") || name.hasPrefix("pk_")
            || name.hasPrefix("mtm_")
    }

    /// Printable ASCII as it is, but for what ends a quoted, bracketed or parenthesised address.
    private static func percentEncoded(_ address: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in address.utf8.drop(while: { $0 <= 0x20 }) {
            switch byte {
            case 0x00...0x20, 0x7F..., UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "'"),
                UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "\\"), UInt8(ascii: "^"), UInt8(ascii: "`"),
                UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"),
                UInt8(ascii: "*"):
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
