#include "screen/loop.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "screen/looker.hpp"

namespace nsscope::tui {
namespace {

sigset_t taken_signals() {
    sigset_t set;
    ::sigemptyset(&set);
    for (const auto signal : {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH}) ::sigaddset(&set, signal);
    return set;
}

class Loop {
  public:
    Loop(Feed& feed, Presenter& presenter, Terminal& terminal, const Deeds& deeds, const LoopOptions& options)
        : presenter_(presenter), terminal_(terminal), deeds_(deeds), options_(options),
          looker_(feed, options.every_ns) {
        const auto set = taken_signals();
        signals_ = UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    }

    Result<int> run() {
        if (!signals_) return errno_failure("cannot take signals");
        while (!ended_) {
            if (dirty_) terminal_.paint(presenter_.page(terminal_.size()));
            dirty_ = false;
            std::array<pollfd, 4> fds{{{STDIN_FILENO, POLLIN, 0},
                                       {looker_.fd(), POLLIN, 0},
                                       {signals_.get(), POLLIN, 0},
                                       {options_.news_fd, POLLIN, 0}}};
            if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR)
                return errno_failure("cannot wait for keys");
            if ((fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) break; // the terminal is gone
            if (fds[2].revents != 0) take_signals();
            if (fds[0].revents != 0) take_input();
            if (fds[3].revents != 0) {
                options_.take_news();
                presenter_.look_again();
                dirty_ = true;
            }
            if (fds[1].revents != 0)
                if (auto taken = take_world(); !taken) return Failure(taken.error());
        }
        return signal_;
    }

  private:
    void take_input() {
        while (const auto input = terminal_.read()) {
            dirty_ = true;
            if (const auto* code = std::get_if<KeyCode>(&*input))
                carry_out(presenter_.press(*code));
            else
                carry_out(presenter_.click(std::get<MouseEvent>(*input)));
            if (ended_) return;
        }
        looker_.want({.usage = true, .cgroups = presenter_.view() == View::cgroups});
    }

    Result<void> take_world() {
        auto world = looker_.take();
        if (!world) return Failure(world.error());
        if (*world == nullptr) return {};
        presenter_.show(std::move(*world));
        if (options_.playing.status) presenter_.set_playing(options_.playing.status());
        dirty_ = true;
        if (options_.count && ++refreshes_ > *options_.count) ended_ = true;
        return {};
    }

    void take_signals() {
        signalfd_siginfo info{};
        while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
            dirty_ = true;
            switch (static_cast<int>(info.ssi_signo)) {
            case SIGWINCH: terminal_.resize(); break;
            case SIGCONT: terminal_.come_back(); break;
            case SIGTSTP: suspend(); break;
            default: signal_ = static_cast<int>(info.ssi_signo); ended_ = true;
            }
        }
    }

    /// As if the terminal had sent SIGTSTP: that one is blocked, and would be taken by the loop.
    void suspend() {
        terminal_.leave();
        static_cast<void>(::kill(0, SIGSTOP)); // all of the job, as the shell expects
        terminal_.come_back();
    }

    void play(const Effect& effect) {
        const auto& playing = options_.playing;
        if (!playing.status) return;
        if (effect.what == Effect::What::play) playing.toggle();
        if (effect.what == Effect::What::step) playing.step();
        if (effect.what == Effect::What::seek) playing.seek(effect.number);
        if (effect.what == Effect::What::go_to)
            if (auto wrong = playing.go_to(effect.text); !wrong.empty()) presenter_.say(std::move(wrong));
        looker_.look_now();
        presenter_.set_playing(playing.status());
    }

    void carry_out(Effect effect) {
        switch (effect.what) {
        case Effect::What::nothing: break;
        case Effect::What::quit: ended_ = true; break;
        case Effect::What::suspend: suspend(); break;
        case Effect::What::redraw: terminal_.forget(); break;
        case Effect::What::refresh: looker_.look_now(); break;
        case Effect::What::run:
            if (!deeds_.run) {
                presenter_.say("this is a recording: nothing of it can be entered");
                break;
            }
            terminal_.leave();
            presenter_.say(deeds_.run(effect.words));
            terminal_.come_back();
            break;
        case Effect::What::copy: terminal_.copy(effect.text); break;
        case Effect::What::signal: presenter_.say(deeds_.signal(effect.number, effect.processes)); break;
        case Effect::What::save: presenter_.say(deeds_.save(effect.text)); break;
        case Effect::What::mouse: terminal_.set_mouse(presenter_.settings().mouse); [[fallthrough]];
        case Effect::What::keep:
            if (auto word = deeds_.keep(presenter_.settings()); !word.empty())
                presenter_.say(std::move(word));
            break;
        case Effect::What::play:
        case Effect::What::step:
        case Effect::What::seek:
        case Effect::What::go_to: play(effect); break;
        }
    }

    Presenter& presenter_;
    Terminal& terminal_;
    const Deeds& deeds_;
    const LoopOptions& options_;
    Looker looker_;
    UniqueFd signals_;
    std::uint64_t refreshes_ = 0;
    bool dirty_ = false, ended_ = false;
    int signal_ = 0;
};

} // namespace

void block_signals() {
    const auto set = taken_signals();
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

Result<int> run_loop(Feed& feed, Presenter& presenter, Terminal& terminal, const Deeds& deeds,
                     const LoopOptions& options) {
    return Loop(feed, presenter, terminal, deeds, options).run();
}

} // namespace nsscope::tui
