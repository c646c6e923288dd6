#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

#include <fmt/format.h>
#include <stdlib.h>

/// A directory that looks like a procfs, gone with this object.
class FakeProc {
  public:
    struct Task {
        std::string comm = "proc";
        char state = 'S';
        int ppid = 1;
        std::uint32_t flags = 0;
        int num_threads = 1;
        std::uint64_t start_ticks = 100;
        std::map<std::string, std::string> ns{}; ///< file name -> text of the link
    };

    FakeProc() {
        auto name = (std::filesystem::temp_directory_path() / "nsscope-proc-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        root_ = name;
        write("self/mountinfo", "");
    }
    ~FakeProc() {
        std::error_code ignored;
        std::filesystem::remove_all(root_, ignored);
    }
    FakeProc(const FakeProc&) = delete;
    FakeProc& operator=(const FakeProc&) = delete;

    [[nodiscard]] std::string root() const { return root_.string(); }

    void write(const std::string& path, const std::string& text) const {
        std::filesystem::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path, std::ios::binary) << text;
    }

    void remove(const std::string& path) const { std::filesystem::remove_all(root_ / path); }

    /// `place` is "PID" or "PID/task/TID".
    void task(const std::string& place, const Task& t) const {
        const auto number = place.substr(place.rfind('/') + 1);
        write(place + "/stat",
              fmt::format("{} ({}) {} {} 1 1 0 -1 {} 0 0 0 0 0 0 0 0 20 0 {} 0 {} 0 0\n", number, t.comm,
                          t.state, t.ppid, t.flags, t.num_threads, t.start_ticks));
        std::filesystem::create_directories(root_ / place / "ns");
        for (const auto& [file, text] : t.ns)
            std::filesystem::create_symlink(text, root_ / place / "ns" / file);
    }

    /// The links of a task that is in namespaces BASE+1 (cgroup) to BASE+8 (uts).
    static std::map<std::string, std::string> links(std::uint32_t base) {
        return {{"cgroup", fmt::format("cgroup:[{}]", base + 1)},
                {"ipc", fmt::format("ipc:[{}]", base + 2)},
                {"mnt", fmt::format("mnt:[{}]", base + 3)},
                {"net", fmt::format("net:[{}]", base + 4)},
                {"pid", fmt::format("pid:[{}]", base + 5)},
                {"time", fmt::format("time:[{}]", base + 6)},
                {"user", fmt::format("user:[{}]", base + 7)},
                {"uts", fmt::format("uts:[{}]", base + 8)},
                {"pid_for_children", fmt::format("pid:[{}]", base + 5)},
                {"time_for_children", fmt::format("time:[{}]", base + 6)}};
    }

  private:
    std::filesystem::path root_;
};
