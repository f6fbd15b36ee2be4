import Glibc
import PulihCommands

exit(await PulihMain.run(Array(CommandLine.arguments.dropFirst())))
