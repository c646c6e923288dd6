#include "real_container.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include "process.hpp"

namespace live {
namespace {

/// "linux.namespaces" of config.json.
std::string namespaces_of(const Wish& wish) {
    std::string text;
    std::vector<std::string> kinds{"pid", "mount", "ipc", "uts", "network"};
    if (wish.own_user_ns) kinds.emplace_back("user");
    for (const auto& kind : kinds) {
        const auto path = wish.shared.contains(kind) ? wish.shared.at(kind) : "";
        if (path == "host") continue;
        text += (text.empty() ? "" : ",") + (R"({"type":")" + kind + '"');
        text += path.empty() ? "}" : R"(,"path":")" + path + "\"}";
    }
    return text;
}

/// As text in JSON.
std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

std::string config_of(const Wish& wish) {
    const std::string args = wish.script.empty() ? R"("/bin/busybox","sleep","600")"
                                                 : R"("/bin/busybox","sh","-c",)" + quoted(wish.script);
    const std::string capabilities = R"(["CAP_SYS_ADMIN","CAP_NET_ADMIN"])";
    std::string config =
        R"({"ociVersion":"1.0.2","process":{"user":{"uid":0,"gid":0},"cwd":"/","args":[)" + args + "]";
    if (!wish.script.empty())
        config += R"(,"capabilities":{"bounding":)" + capabilities + R"(,"effective":)" + capabilities +
                  R"(,"permitted":)" + capabilities + "}";
    config += R"(},"root":{"path":"rootfs"},"mounts":[{"destination":"/proc","type":"proc","source":"proc"},)"
              R"({"destination":"/dev","type":"tmpfs","source":"tmpfs"},)"
              R"({"destination":"/usr","type":"bind","source":"/usr","options":["rbind","ro"]}],)"
              R"("annotations":{)" +
              wish.annotations + R"(},"linux":{"namespaces":[)" + namespaces_of(wish) + "]";
    if (!wish.sysctls.empty()) config += R"(,"sysctl":{)" + wish.sysctls + "}";
    if (!wish.cgroup.empty()) config += R"(,"cgroupsPath":")" + wish.cgroup + '"';
    if (wish.own_user_ns)
        for (const std::string kind : {"uid", "gid"})
            config += ",\"" + kind + R"(Mappings":[{"containerID":0,"hostID":100000,"size":1000}])";
    return config + "}}";
}

} // namespace

RealContainer::RealContainer(std::string runtime, std::string id, Wish wish)
    : runtime_(std::move(runtime)), id_(std::move(id)), wish_(std::move(wish)), bundle_("bundle-" + id_) {
    namespace fs = std::filesystem;
    const auto root = bundle_.path() + "/rootfs";
    for (const auto* directory :
         {"/bin", "/proc", "/usr", "/cgroup", "/dev"}) // crun wants it where stdin is no terminal
        fs::create_directories(root + directory);
    for (const auto* library : {"lib", "lib64"})
        if (!fs::exists(fs::symlink_status(root + "/" + library)))
            fs::create_symlink(std::string("usr/") + library, root + "/" + library);
    fs::copy_file(find_in_path("busybox"), root + "/bin/busybox", fs::copy_options::overwrite_existing);
    std::ofstream(bundle_.path() + "/config.json") << config_of(wish_);
    start();
}

RealContainer::~RealContainer() {
    end();
    std::error_code ignored;
    std::filesystem::remove_all(bundle_.path(), ignored);
}

void RealContainer::start() {
    const auto pid_file = bundle_.path() + "/pid";
    run_runtime("run -d --bundle " + bundle_.path() + " --pid-file " + pid_file + " " + id_ +
                " </dev/null >" + bundle_.path() + "/output 2>&1");
    std::ifstream(pid_file) >> pid_;
}

void RealContainer::end() {
    run_runtime("delete -f " + id_ + " >/dev/null 2>&1");
    pid_ = 0;
}

std::string RealContainer::exec(const std::string& script) const {
    return run_runtime("exec " + id_ + " /bin/busybox sh -c '" + script + "' </dev/null 2>&1");
}

std::string RealContainer::finish() const {
    static_cast<void>(wait_until([this] { return ::kill(pid_, 0) != 0; }));
    return output();
}

std::string RealContainer::output() const { return read_file(bundle_.path() + "/output"); }

std::string RealContainer::ns(const std::string& type) const {
    return "/proc/" + std::to_string(pid_) + "/ns/" + type;
}

/// crun wants the unified hierarchy where it looks for it; of a hybrid host it gets that in a mount namespace.
std::string RealContainer::run_runtime(const std::string& arguments) const {
    const std::string unified =
        "{ umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; } 2>/dev/null; ";
    if (runtime_ == "crun" || !wish_.cgroup.empty())
        return run({find_in_path("unshare"), "-m", "sh", "-c",
                    unified + "exec " + runtime_ +
                        (runtime_ == "crun" ? " --cgroup-manager=cgroupfs " : " ") + arguments})
            .output;
    return run({find_in_path("sh"), "-c", "exec " + runtime_ + " " + arguments}).output;
}

} // namespace live
