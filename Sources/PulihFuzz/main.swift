internal import Foundation

// Built only by `make fuzz`: libFuzzer brings the loop, PULIH_FUZZ_TARGET names what it calls.

exit(LLVMFuzzerRunDriver(&argumentCount, &arguments, fuzzOnce))
