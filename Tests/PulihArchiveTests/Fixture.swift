import Foundation
import PulihArchive

/// Files made with gzip 1.12, zstd 1.5 (--check), bzip2 1.0, xz 5.4 and Info-ZIP 3.0.
enum Fixture {
    /// What is in the first five.
    static let content = (0..<400).map { "\($0 % 7),the same text in every line\n" }.joined()

    static let whole: [ArchiveFormat: Data] = [
        .gzip: gzip, .zstandard: zstandard, .bzip2: bzip2, .xz: xz, .zip: zip,
    ]
    static let empty: [ArchiveFormat: Data] = [
        .gzip: emptyGzip, .zstandard: emptyZstandard, .bzip2: emptyBzip2, .xz: emptyXZ, .zip: emptyFileInZip,
    ]

    static let gzip = data(
        """
        H4sIAAAAAAAAA+3Puw2DUBAAsD5T3AApIHz2oTgpSIECnlCyfTa4Hsm1K3fP9s44ly2j5bfFukdeefzis+756Et9lTqUOpY6
        lTqX2hkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGd1w9AehZcAT4C4AAA==
        """)
    static let zstandard = data(
        """
        KLUv/WTgLR0HANZaMxagJxkD9pEQ2wiRV/9/JyIigK863BwBNgApACkAyl1OucspdznlLqfc5ZS7nHKXU+5yyl1OucspdzkV
        xsEwQCQUjINBHAxEgTAKYhAEGBBDoABI5ZS7nHKXU+5yyl1OucspdznlLqfc5ZS7nHKXU+5yyl1OucspdznlLhe5yyl3OeUu
        p9zllLuccpdT7nLKXU65yyl3OeUup9zllLuccpdT7nLKHbnLKXc55S6n3OWUu5xyl1PucspdTrnLKXc55S6n3OWUu5xyl1Pu
        cgqBj6QR4O//GeFvBhoAAEzToaoC8RFtCw==
        """)
    static let bzip2 = data(
        """
        QlpoOTFBWSZTWeGF7FsABZTZgAAQQAR/ACJnHWAwANgFABiNNNGhQAYjTTRoFKpNAMRoyaZBFqEWwRcBFiCLSK7pXiK8xWUV
        nFaRWQRbhFmEWoRbBF+CLUItQRYBFuEWARbBFuCL6EWIRcBFgEX4IsQRcBF/F3JFOFCQ4YXsWw==
        """)
    static let xz = data(
        """
        /Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4C7fAGBdABgLCwbhrGi+YDh0LCC2Si2+E3yeEwo2i9e1YbNAX3PPs1sS85Ku/hyu
        8DT0Cwm20GIsZPBMb1STaEMa0IwWEV29CJgyToKduW18wzfNJf35eIZMoq6X9GxcorlPhoK/AADtBbb8qWDisgABfOBdAAAA
        xwkGrrHEZ/sCAAAAAARZWg==
        """)
    static let zip = data(
        """
        UEsDBAoAAAAAAAAAIVgAAAAAAAAAAAAAAAACAAAAZC9QSwMEFAAAAAgAAAAhWKFlwBNzAAAA4C4AAAUAAAB0LmNzdu3Puw2D
        UBAAsD5T3AApIHz2oTgpSIECnlCyfTa4Hsm1K3fP9s44ly2j5bfFukdeefzis+756Et9lTqUOpY6lTqX2hkZGRkZGRkZGRkZ
        GRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGd1w9AdQSwECHgMKAAAAAAAAACFYAAAAAAAAAAAAAAAAAgAAAAAA
        AAAAABAA7UEAAAAAZC9QSwECHgMUAAAACAAAACFYoWXAE3MAAADgLgAABQAAAAAAAAABAAAApIEgAAAAdC5jc3ZQSwUGAAAA
        AAIAAgBjAAAAtgAAAAAA
        """)
    static let emptyGzip = data(
        """
        H4sIAAAAAAAAAwMAAAAAAAAAAAA=
        """)
    static let emptyZstandard = data(
        """
        KLUv/SQAAQAAmenYUQ==
        """)
    static let emptyBzip2 = data(
        """
        QlpoORdyRThQkAAAAAA=
        """)
    static let emptyXZ = data(
        """
        /Td6WFoAAATm1rRGAAAAABzfRCEftvN9AQAAAAAEWVo=
        """)
    static let emptyFileInZip = data(
        """
        UEsDBAoAAAAAAE02dF0AAAAAAAAAAAAAAAABAAAAZVBLAQIeAwoAAAAAAE02dF0AAAAAAAAAAAAAAAABAAAAAAAAAAAAAACk
        gQAAAABlUEsFBgAAAAABAAEALwAAAB8AAAAAAA==
        """)
    static let twoFiles = data(
        """
        UEsDBBQAAAAIAAAAIVihZcATcwAAAOAuAAAFAAAAdC5jc3btz7sNg1AQALA+U9wAKSB89qE4KUiBAp5Qsn02uB7JtSt3z/bO
        OJcto+W3xbpHXnn84rPu+ehLfZU6lDqWOpU6l9oZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZ
        GRndcPQHUEsDBBQAAAAIAE02dF2hZcATcwAAAOAuAAAFAAAAdS5jc3btz7sNg1AQALA+U9wAKSB89qE4KUiBAp5Qsn02uB7J
        tSt3z/bOOJcto+W3xbpHXnn84rPu+ehLfZU6lDqWOpU6l9oZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZ
        GRkZGRkZGRndcPQHUEsBAh4DFAAAAAgAAAAhWKFlwBNzAAAA4C4AAAUAAAAAAAAAAQAAAKSBAAAAAHQuY3N2UEsBAh4DFAAA
        AAgATTZ0XaFlwBNzAAAA4C4AAAUAAAAAAAAAAQAAAKSBlgAAAHUuY3N2UEsFBgAAAAACAAIAZgAAACwBAAAAAA==
        """)
    static let onlyAFolder = data(
        """
        UEsDBAoAAAAAAAAAIVgAAAAAAAAAAAAAAAACAAAAZC9QSwECHgMKAAAAAAAAACFYAAAAAAAAAAAAAAAAAgAAAAAAAAAAABAA
        7UEAAAAAZC9QSwUGAAAAAAEAAQAwAAAAIAAAAAAA
        """)
    static let nothingInZip = data(
        """
        UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==
        """)
    static let locked = data(
        """
        UEsDBBQACQAIAAAAIVihZcATfwAAAOAuAAAFAAAAdC5jc3ZOD+OdzTsiYeXuA03GNfL4V6hfTOtG550RWlfA3+2SSbw7t7CD
        RzC1RCb8VzKRg0e7RMMbKUVRIovtfVmj/DHFsVm4qJfJPk8d4MIC9imZPCd12td6iPVCVSIv3Rqv3KZELjiL7Kg684JAV1Tz
        cO/iyRidoFsrMvLsKS8K86yyUEsHCKFlwBN/AAAA4C4AAFBLAQIeAxQACQAIAAAAIVihZcATfwAAAOAuAAAFAAAAAAAAAAEA
        AACkgQAAAAB0LmNzdlBLBQYAAAAAAQABADMAAACyAAAAAAA=
        """)

    private static func data(_ base64: String) -> Data {
        Data(base64Encoded: base64, options: .ignoreUnknownCharacters) ?? Data()
    }
}
