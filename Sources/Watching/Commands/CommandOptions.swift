extension Commands {
    /// Feed documents to read, and what is known of them.
    public struct Documents: Sendable {
        /// `-` is standard input.
        public var files: [String]
        /// The URL the documents were fetched from.
        public var baseURL: String?
        /// The raw `Content-Type`.
        public var contentType: String?

        public init(files: [String], baseURL: String? = nil, contentType: String? = nil) {
            self.files = files
            self.baseURL = baseURL
            self.contentType = contentType
        }
    }

    /// What `parse` prints: one JSON object, one a line, or a summary for people.
    public enum ParseFormat: String, Sendable, CaseIterable { case json, jsonl, text }

    /// A subscription to be made.
    public struct AddOptions: Sendable {
        /// Of a feed, or of a page that names one.
        public var url: String
        public var title: String?
        public var group: String?
        /// As the configuration writes it: `think-tank`.
        public var kind: String?
        public var country: String?
        /// Whether the address is asked before it is taken.
        public var checks = true

        public init(url: String) { self.url = url }
    }
}
