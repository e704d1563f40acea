import CCurl

/// The parts of a URL that decide where things may go, as libcurl itself reads it.
struct URLParts {
    /// Scheme, host and port.
    var origin: String
    /// As libcurl spells it: an IPv4 address in four decimal numbers however it was written, an IPv6 address without brackets.
    var host: String
    var hasUserInformation: Bool

    /// nil for what is not http or https.
    init?(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= 8192, let handle = curl_url() else { return nil }
        defer { curl_url_cleanup(handle) }
        guard curl_url_set(handle, CURLUPART_URL, text, UInt32(CURLU_NON_SUPPORT_SCHEME)) == CURLUE_OK else {
            return nil
        }
        func part(_ what: CURLUPart, _ flags: Int32 = 0) -> String? {
            var value: UnsafeMutablePointer<CChar>?
            guard curl_url_get(handle, what, &value, UInt32(flags)) == CURLUE_OK, let value else { return nil }
            defer { curl_free(value) }
            return String(cString: value)
        }
        guard let scheme = part(CURLUPART_SCHEME)?.lowercased(), scheme == "http" || scheme == "https",
            let host = part(CURLUPART_HOST), let port = part(CURLUPART_PORT, CURLU_DEFAULT_PORT)
        else { return nil }
        origin = "\(scheme)://\(host.lowercased()):\(port)"
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        self.host = (isBracketed ? String(host.dropFirst().dropLast()) : host).lowercased()
        hasUserInformation = part(CURLUPART_USER) != nil || part(CURLUPART_PASSWORD) != nil
    }
}
