#include "output/renderer.hpp"

#include "base/json.hpp"

namespace nsscope {
namespace {

class JsonRenderer : public Renderer {
  public:
    explicit JsonRenderer(std::string& out) : json_(out) {}
    void start(const StartInfo& start, const Position& at) override { write_start_json(json_, start, at); }
    void reload(const StartInfo& start, const Position& at) override { write_reload_json(json_, start, at); }
    void event(const Event& event, const Position& at, Names& names) override {
        write_json(json_, event, at, names);
    }
    void exists(const Existing& existing, bool resync, const Position& at) override {
        write_exists_json(json_, existing, resync, at);
    }
    void sync(std::size_t namespaces, bool resync, const Position& at) override {
        write_sync_json(json_, namespaces, resync, at);
    }
    void loss(std::span<const Loss> losses, const Position& at) override {
        write_loss_json(json_, losses, at);
    }
    void end(const Totals& totals, const Position& at) override { write_end_json(json_, totals, at); }

  private:
    JsonWriter json_;
};

class TextRenderer : public Renderer {
  public:
    explicit TextRenderer(std::string& out) : out_(out) {}
    void start(const StartInfo& start, const Position& at) override { append_start_text(out_, start, at); }
    void reload(const StartInfo& start, const Position& at) override { append_reload_text(out_, start, at); }
    void event(const Event& event, const Position& at, Names& names) override {
        append_text(out_, event, at, names);
    }
    void exists(const Existing& existing, bool resync, const Position& at) override {
        append_exists_text(out_, existing, resync, at);
    }
    void sync(std::size_t namespaces, bool resync, const Position& at) override {
        append_sync_text(out_, namespaces, resync, at);
    }
    void loss(std::span<const Loss> losses, const Position& at) override {
        append_loss_text(out_, losses, at);
    }
    void end(const Totals& totals, const Position& at) override { append_end_text(out_, totals, at); }

  private:
    std::string& out_;
};

} // namespace

std::unique_ptr<Renderer> make_renderer(RecordFormat format, std::string& out) {
    if (format == RecordFormat::text) return std::make_unique<TextRenderer>(out);
    return std::make_unique<JsonRenderer>(out);
}

} // namespace nsscope
