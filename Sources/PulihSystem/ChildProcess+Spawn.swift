internal import CSystem
internal import Glibc

struct SpawnRequest {
    let program: String
    let arguments: [String]
    let environment: [String: String]?
    let folder: String?
}

/// Starts the program with nothing of ours but the three streams.
///
/// The corresponding C function is `posix_spawnp`.
func spawn(
    _ request: SpawnRequest, input: borrowing Descriptor, output: Int32, errors: Int32
) throws(SystemFailure) -> Int32 {
    var actions = unsafe posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }

    var codes = [
        unsafe posix_spawn_file_actions_adddup2(&actions, input.number, 0),
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1),
        unsafe posix_spawn_file_actions_adddup2(&actions, errors, 2),
        unsafe pulih_spawn_close_from(&actions, 3),
    ]
    if let folder = request.folder {
        codes.append(unsafe posix_spawn_file_actions_addchdir_np(&actions, folder))
    }

    // Threads of Swift and Dispatch block signals, and we ignore SIGPIPE; a child must not inherit either.
    var none = sigset_t()
    var all = sigset_t()
    unsafe sigemptyset(&none)
    unsafe sigfillset(&all)
    let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    codes += [
        unsafe posix_spawnattr_setsigmask(&attributes, &none),
        unsafe posix_spawnattr_setsigdefault(&attributes, &all),
        unsafe posix_spawnattr_setpgroup(&attributes, 0),
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags)),
    ]
    if let code = codes.first(where: { $0 != 0 }) {
        throw SystemFailure("start", path: request.program, errno: code)
    }

    let arguments = CStrings([request.program] + request.arguments)
    let environment = request.environment.map { CStrings($0.map { "\($0.key)=\($0.value)" }) }
    var pid: Int32 = 0
    let code = unsafe posix_spawnp(
        &pid, request.program, &actions, &attributes, arguments.pointers,
        environment?.pointers ?? pulih_environment())
    withExtendedLifetime((arguments, environment)) {}
    guard code == 0 else { throw SystemFailure("start", path: request.program, errno: code) }
    return pid
}

/// What a child will read: a file in memory, so that nobody has to feed a pipe.
func inputFile(_ bytes: [UInt8]) throws(SystemFailure) -> Descriptor {
    if bytes.isEmpty { return try Descriptor(opening: "/dev/null", O_RDONLY) }
    let number = unsafe pulih_memory_file("input")
    guard number >= 0 else { throw SystemFailure("make an input file", errno: errno) }
    let file = Descriptor(adopting: number)
    try file.write(bytes[...], path: "input of a process")
    guard lseek(number, 0, SEEK_SET) == 0 else { throw SystemFailure("rewind an input file", errno: errno) }
    return file
}

/// A null-terminated array of C strings.
@safe private final class CStrings {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ texts: [String]) {
        count = texts.count
        unsafe pointers = .allocate(capacity: count + 1)
        for (index, text) in texts.enumerated() {
            unsafe (pointers + index).initialize(to: strdup(text))
        }
        unsafe (pointers + count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { unsafe free(pointers[index]) }
        unsafe pointers.deallocate()
    }
}
