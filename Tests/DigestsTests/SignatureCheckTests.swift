import Digests
import Testing

/// RFC 8058, 4: both fields that unsubscribe must be in a DKIM signature; the relay signs, `digest signed` looks.
@Suite struct SignatureCheckTests {
    private static let digest = [
        "Durbeen-Digest: ABC", "From: \"Durbeen: daily\" <durbeen@news.example.org>",
        "List-Unsubscribe: <https://example.org/u>, <mailto:durbeen@news.example.org>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ]

    private func check(_ trace: [String], _ fields: [String] = digest) -> SignatureCheck {
        check(message: Array((trace + fields + ["", "List-Id: in the body"]).joined(separator: "\r\n").utf8))
    }

    /// With two labels as an organizational domain.
    private func check(message: [UInt8]) -> SignatureCheck {
        SignatureCheck(message: message) { $0.split(separator: ".").suffix(2).joined(separator: ".") }
    }

    private static let good = """
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=News.Example.org; s=mail;\r
        \th=From:Subject : List-Unsubscribe:\r
         List-Unsubscribe-Post; bh=abc=; b=x y z=
        """

    @Test func `a signature of the sender that covers both is well, folded as relays fold it`() {
        let check = check([Self.good])
        #expect(check.faults.isEmpty && check.offersOneClick && check.sender == "news.example.org")
        #expect(check.signatures.map(\.selector) == ["mail"])
        #expect(check.signatures[0].fields == ["from", "subject", "list-unsubscribe", "list-unsubscribe-post"])
        #expect(check.signatures[0].verdict == nil)
    }

    @Test(arguments: [
        ("h=From:List-Unsubscribe; d=news.example.org", "does not cover list-unsubscribe-post"),
        ("h=List-Unsubscribe:List-Unsubscribe-Post; d=news.example.org", "does not cover from"),
        ("h=From:List-Unsubscribe:List-Unsubscribe-Post; d=relay.example", "is not that of the sender"),
        ("h=From:List-Unsubscribe:List-Unsubscribe-Post; d=org", "is not that of the sender"),
        ("h=From:List-Unsubscribe:List-Unsubscribe-Post; d=news-example.org", "is not that of the sender"),
        ("h=From:List-Unsubscribe:List-Unsubscribe-Post; d=example.org; l=12", "a part of the body only"),
        ("h=From:List-Unsubscribe:List-Unsubscribe-Post", "the signature of no domain"),
    ])
    func `says what a signature lacks`(tags: String, fault: String) {
        let faults = check(["DKIM-Signature: v=1; " + tags]).faults
        #expect(!faults.isEmpty && faults.contains { $0.contains(fault) }, "\(faults)")
    }

    @Test func `one good signature is enough beside others, and without any it says so`() {
        #expect(check(["DKIM-Signature: d=relay.example; h=From", Self.good]).faults.isEmpty)
        #expect(check([]).faults.first?.contains("no DKIM-Signature") == true)
    }

    @Test(arguments: ["example.org", "mail.example.org", "a.news.example.org", "MAIL.Example.Org"])
    func `a signature of the sender's organization is aligned, as DMARC sees it (RFC 7489, 3.1.1)`(domain: String) {
        let fields = "h=From:List-Unsubscribe:List-Unsubscribe-Post"
        #expect(check(["DKIM-Signature: v=1; \(fields); d=\(domain)"]).faults.isEmpty)
    }

    @Test func `one of two signatures that holds is enough`() {
        let fields = "h=From:List-Unsubscribe:List-Unsubscribe-Post; d=example.org"
        let verdicts = "dkim=permerror header.d=example.org header.s=ed; dkim=pass header.d=example.org header.s=rsa"
        let check = check([
            "Authentication-Results: mx.example.com; \(verdicts)", "DKIM-Signature: v=1; \(fields); s=ed",
            "DKIM-Signature: v=1; \(fields); s=rsa",
        ])
        #expect(check.faults.isEmpty && check.signatures.map(\.verdict) == ["permerror", "pass"])
    }

    @Test func `without one click only List-Unsubscribe is asked for`() {
        let fields = Array(Self.digest.dropLast())
        #expect(check(["DKIM-Signature: d=example.org; h=from:list-unsubscribe"], fields).faults.isEmpty)
    }

    @Test(
        arguments: [
            ("dkim=pass header.d=news.example.org", nil),
            ("dkim=fail (bad) header.i=@news.example.org", "was found fail"),
            ("spf=pass smtp.mailfrom=x; dkim=permerror header.d=news.example.org", "was found permerror"),
            // The same message signed with two keys, of which this is one.
            (
                "dkim=permerror header.d=news.example.org header.s=ed; dkim=pass header.d=news.example.org header.s=Mail",
                nil
            ),
            (
                "dkim=pass header.d=news.example.org header.s=ed; dkim=fail header.d=news.example.org header.s=mail",
                "was found fail"
            ),
            ("dkim=pass header.d=news.example.org header.s=ed", nil),
            ("dkim=neutral header.d=news.example.org; dkim=pass header.d=news.example.org", nil),
        ] as [(String, String?)])
    func `takes the receiving server's word for whether the signature holds`(verdict: String, fault: String?) {
        let faults = check(["Authentication-Results: mx.example.com; \(verdict)", Self.good]).faults
        #expect(faults.isEmpty == (fault == nil))
        if let fault { #expect(faults[0].contains(fault)) }
    }

    @Test(arguments: [
        "", "\r\n\r\n", "no header at all", "From: x\n\nbody", ":::\n ;\n\u{1B}[31m: y\r\n\r\n",
        "DKIM-Signature: ;;==;h=;d\r\nFrom: @\r\nDurbeen-Digest: x\r\nList-Unsubscribe: y\r\n\r\n",
    ])
    func `anything else is told to be no digest, or unsigned`(message: String) {
        let faults = check(message: Array(message.utf8)).faults
        #expect(!faults.isEmpty && faults.allSatisfy { $0.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } })
    }

    @Test func `a header without end costs no time`() {
        let long = Array("A: b\r\n".utf8) + Array(repeating: Array(" x\r\n".utf8), count: 100_000).flatMap { $0 }
        #expect(check(message: long).faults.count == 1)
    }
}
