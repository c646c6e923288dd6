#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <sys/types.h>

namespace nshelper {

enum class SpawnBy {
    fork,
    vfork,
    clone,
    clone3,
};

/// A child that was born, has told about itself and waits for leave to go on.
struct Spawned {
    long result = 0;   ///< of the call
    std::string birth; ///< the child's "who" and "view"; empty when there is no child
    int leave = -1;    ///< write a byte here, or close it: the child goes on
};

/// Makes a child by exactly that system call. It tells about itself, waits for leave, runs `body` and exits with what
/// that returns. One that shares the caller's memory (vfork) only tells and exits.
Spawned spawn(SpawnBy by, std::uint64_t flags, const std::function<int()>& body);

/// Gives leave and waits for the end of the child.
void finish(const Spawned& child);

const char* name_of(SpawnBy by);

} // namespace nshelper
