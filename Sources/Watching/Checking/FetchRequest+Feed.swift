import FeedModel
import Transfers

extension FetchRequest {
    /// A request for `url` as `feed` is asked: with its credentials, which none but the origin of its own address is shown (S7),
    /// and its leave for TLS.
    ///
    /// - Throws: what keeps the feed from being asked at all: its password cannot be read.
    init(_ url: String, of feed: Feed) throws(CheckFailure) {
        self.init(url: url)
        guard !feed.isAskedPlainly else { return }
        if url != feed.url { credentialsURL = feed.url }
        username = feed.username
        password = feed.password?.text
        allowsInsecureTLS = feed.allowsInsecureTLS
        if let file = feed.passwordFile {
            do { password = try Secret.read(file: file) } catch {
                throw CheckFailure(.policy, "reading the password: \(error)")
            }
        }
    }
}
