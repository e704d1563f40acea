import FeedModel

/// Where the text of a page stands on sites that the general rule does not serve, as a file of lines `HOST XPATH`:
///
///     # The whole report stands in one element.
///     example.org  //div[@id='report']
///
/// A rule holds for the host and those below it; of several the one for the longest host. Empty lines and those that begin
/// with `#` say nothing.
public struct PageRules: Sendable, Equatable {
    private var expressions: [String: String] = [:]

    /// No rules.
    public init() {}

    /// - Throws: `PageRulesError` with the line that is no rule.
    public init(_ text: String) throws(PageRulesError) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            guard let rule = String(line).trimmedOrNil, !rule.hasPrefix("#") else { continue }
            let parts = rule.split(maxSplits: 1, whereSeparator: { $0 == " " || $0 == "\t" })
            guard parts.count == 2, let expression = String(parts[1]).trimmedOrNil else {
                throw PageRulesError(line: index + 1, message: "a rule is a host, a blank and an XPath expression")
            }
            guard PageTree.isExpression(expression) else {
                throw PageRulesError(line: index + 1, message: "\"\(visible(expression))\" is no XPath expression")
            }
            expressions[String(parts[0]).asciiLowercased] = expression
        }
    }

    /// The expression for a page of `url`; nil where no rule holds.
    func expression(for url: String) -> String? {
        guard var host = Address.host(of: url)?[...] else { return nil }
        while true {
            if let expression = expressions[String(host)] { return expression }
            guard let dot = host.firstIndex(of: ".") else { return nil }
            host = host[host.index(after: dot)...]
        }
    }
}

/// A line of a file of page rules that is none.
public struct PageRulesError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Counted from 1.
    public var line: Int
    public var message: String

    public var description: String { "\(line): \(message)" }
}
