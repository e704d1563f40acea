import CCurl

typealias OpaqueHandle = UnsafeMutableRawPointer

/// One libcurl handle, which serves one transfer after the other. Used on its loop's thread only.
final class EasyHandle {
    let pointer: OpaqueHandle
    /// The requests it is set up for, so that the next of them sets only what is its own; nil if it must be blanked first.
    private(set) var standing: StandingRequest?
    private(set) var addresses: AddressGuard?

    init?() {
        guard let pointer = curl_easy_init() else { return nil }
        self.pointer = pointer
    }

    deinit { curl_easy_cleanup(pointer) }

    /// As new: nothing of earlier transfers is left.
    func blank() {
        curl_easy_reset(pointer)
        standing = nil
        addresses = nil
    }

    /// Notes what it was set up for.
    func isSetUp(for standing: StandingRequest?, guardedBy addresses: AddressGuard) {
        self.standing = standing
        self.addresses = addresses
    }
}
