// make_recording: writes the recording that the tests of the screen, and its pictures, are made from. Always the same.
#include <cstdio>

#include "../unit/recording/story.hpp"

int main() {
    const nsscope::Story story;
    return std::fwrite(story.bytes().data(), 1, story.bytes().size(), stdout) == story.bytes().size() ? 0 : 1;
}
