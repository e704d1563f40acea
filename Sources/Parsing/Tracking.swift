/// Parameters of URLs that campaigns and mailings add to follow their readers. They name no page, and change while the page
/// stays (D5).
enum Tracking {
    /// `url` without them. All else stays as its publisher wrote it.
    static func removed(from url: String) -> String {
        // Most links have no parameters, and most others none that follows anybody.
        var text = url
        guard text.withUTF8({ mayTrack($0) }) else { return url }
        var parts = Address.parts(of: url)
        guard parts.query.utf8.count > 1 else { return url }
        let kept = parts.query.dropFirst().split(separator: "&", omittingEmptySubsequences: false).filter { parameter in
            var text = String(parameter)
            return !text.withUTF8 { isTracking(parameter: $0) }
        }
        parts.query = kept.isEmpty ? "" : "?" + kept.joined(separator: "&")
        return parts.text
    }

    /// Whether a question mark, or an ampersand behind one, is followed by such a parameter.
    private static func mayTrack(_ url: ByteView) -> Bool {
        guard var at = url.first(Byte.question, from: 0) else { return false }
        let url = url[slice: 0..<(url.first(Byte.hash, from: 0) ?? url.count)]
        while at < url.count {
            let end = url.first(Byte.ampersand, from: at + 1) ?? url.count
            if isTracking(parameter: url[slice: at + 1..<end]) { return true }
            at = end
        }
        return false
    }

    /// Whether `name=value` is one. `amp;` before the name is left over from an ampersand that was escaped twice.
    static func isTracking(parameter: ByteView) -> Bool {
        var name = parameter[slice: 0..<(parameter.first(Byte.equals, from: 0) ?? parameter.count)]
        if name.begins(with: "amp;", at: 0) { name = name[slice: 4..<name.count] }
        guard let first = name.first, candidates[Int(first.lowercased)] else { return false }
        return prefixes.contains { name.begins(with: $0, at: 0) }
            || names.contains { $0.count == name.count && name.begins(with: $0, at: 0) }
    }

    private static let prefixes = ["utm_", "mtm_", "pk_", "piwik_", "matomo_", "hsa_", "at_"].map { Array($0.utf8) }

    private static let names = [
        "fbclid", "gclid", "dclid", "gbraid", "wbraid", "yclid", "twclid", "msclkid", "igshid", "mc_cid", "mc_eid",
        "mc_tc", "mkt_tok", "_hsenc", "_hsmi", "hsctatracking", "oly_enc_id", "oly_anon_id", "vero_id", "rb_clickid",
        "s_cid", "ml_subscriber", "ml_subscriber_hash", "wickedid", "__s", "_openstat", "sr_share", "ftag",
        "xtor", "guccounter", "guce_referrer", "guce_referrer_sig", "cmpid", "ito", "ncid",
    ].map { Array($0.utf8) }

    /// The first letters of all of these: most parameters are told by theirs.
    private static let candidates: [Bool] = {
        var letters = [Bool](repeating: false, count: 256)
        for name in prefixes + names { letters[Int(name[0])] = true }
        return letters
    }()
}
