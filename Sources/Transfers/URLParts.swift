import CCurl

/// A URL as libcurl itself reads it, and the parts of it that decide where things may go. What was read once is what a
/// transfer is given: libcurl does not read it again.
final class URLParts {
    /// For `CURLOPT_CURLU`; lives as long as this.
    let handle: OpaquePointer
    let isHTTPS: Bool

    /// nil for what is not http or https.
    init?(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= 8192, Self.isWeb(text), let handle = curl_url() else { return nil }
        self.handle = handle
        isHTTPS = text.utf8.dropFirst(4).first != UInt8(ascii: ":")
        // Other schemes than those it knows it would refuse later, in other words.
        guard curl_url_set(handle, CURLUPART_URL, text, UInt32(CURLU_NON_SUPPORT_SCHEME)) == CURLUE_OK else {
            return nil
        }
    }

    deinit { curl_url_cleanup(handle) }

    var hasUserInformation: Bool { part(CURLUPART_USER) != nil || part(CURLUPART_PASSWORD) != nil }

    /// Scheme, host and port.
    var origin: String? {
        guard let scheme = part(CURLUPART_SCHEME), let host = part(CURLUPART_HOST),
            let port = part(CURLUPART_PORT, CURLU_DEFAULT_PORT)
        else { return nil }
        return "\(scheme.lowercased())://\(host.lowercased()):\(port)"
    }

    /// As libcurl spells it: an IPv4 address in four decimal numbers however it was written, an IPv6 address without brackets.
    var host: String? {
        part(CURLUPART_HOST).map { host in
            let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
            return (isBracketed ? String(host.dropFirst().dropLast()) : host).lowercased()
        }
    }

    private func part(_ what: CURLUPart, _ flags: Int32 = 0) -> String? {
        var value: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, what, &value, UInt32(flags)) == CURLUE_OK, let value else { return nil }
        defer { curl_free(value) }
        return String(cString: value)
    }

    private static func isWeb(_ text: String) -> Bool {
        func begins(_ scheme: String) -> Bool { text.utf8.starts(with: scheme.utf8) { $0 | 0x20 == $1 } }
        return begins("http:") || begins("https:")
    }

    /// What the host of `url` is if it is no name, in any spelling that ends up as an address: other bases, fewer numbers, digits of
    /// other scripts, a dot at the end.
    static func address(of url: String) -> IPAddress? {
        guard let ready = host(of: url, flags: CURLU_PUNYCODE) ?? host(of: url) else { return nil }
        var name = ready.lowercased().filter { $0 != "[" && $0 != "]" }
        while name.hasSuffix(".") { name.removeLast() }
        if name == "localhost" || name.hasSuffix(".localhost") { return IPAddress("127.0.0.1") }
        // What became plain digits only now is read once more.
        return IPAddress(name) ?? host(of: "http://\(name)/").flatMap { IPAddress($0) }
    }

    private static func host(of url: String, flags: Int32 = 0) -> String? {
        guard let handle = curl_url() else { return nil }
        defer { curl_url_cleanup(handle) }
        var value: UnsafeMutablePointer<CChar>?
        guard curl_url_set(handle, CURLUPART_URL, url, 0) == CURLUE_OK,
            curl_url_get(handle, CURLUPART_HOST, &value, UInt32(flags)) == CURLUE_OK, let value
        else { return nil }
        defer { curl_free(value) }
        return String(cString: value)
    }
}
