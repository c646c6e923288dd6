#include "output/background_writer.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <vector>

#include "pipe.hpp"

namespace nsscope {
namespace {

using namespace std::chrono_literals;

class BackgroundWriterTest : public testing::Test {
  protected:
    static void SetUpTestSuite() { std::signal(SIGPIPE, SIG_IGN); }

    /// As much as makes a piece, different every time.
    std::string piece() {
        std::string text;
        while (text.size() < 300'000) text += std::to_string(number_++) + '\n';
        return text;
    }
    StopFlag stop;

  private:
    std::size_t number_ = 0;
};

TEST_F(BackgroundWriterTest, EverythingComesInOrderHoweverItIsCut) {
    Pipe pipe;
    std::string sent, received, buffer;
    std::thread reader([&] { received = read_all(pipe.reader.get()); });
    {
        BackgroundWriter writer(pipe.writer.get(), stop.fd());
        const auto give = [&](const std::string& text) {
            sent += text;
            buffer += text;
            EXPECT_TRUE(writer.write(buffer));
        };
        for (int round = 0; round < 20; ++round) {
            give("a little\n");
            for (int i = 0; i < 5; ++i) give(piece());
            give("more than is written at once " + std::string(100'000, 'x') + "\n");
            if (round % 5 == 0) {
                EXPECT_TRUE(writer.finish(buffer));
                EXPECT_TRUE(buffer.empty());
            }
        }
        EXPECT_TRUE(writer.finish(buffer));
    }
    pipe.writer.reset();
    reader.join();
    EXPECT_EQ(received, sent);
}

/// Reads nothing until it is let; then everything.
class LateReader {
  public:
    explicit LateReader(int fd)
        : thread_([this, fd] {
              while (!may_) std::this_thread::sleep_for(1ms);
              text_ = read_all(fd);
          }) {}
    void let() { may_ = true; }
    [[nodiscard]] std::string text() {
        thread_.join();
        return text_;
    }

  private:
    std::atomic<bool> may_ = false;
    std::string text_;
    std::thread thread_; // begins when the rest is there
};

TEST_F(BackgroundWriterTest, WhoGivesDoesNotWaitForASlowReaderAndTheThreadHurries) {
    Pipe pipe;
    LateReader reader(pipe.reader.get());
    std::string sent, buffer;
    std::vector<bool> hurried; // the thread's
    {
        BackgroundWriter writer(pipe.writer.get(), stop.fd(), [&](bool yes) { hurried.push_back(yes); });
        for (int i = 0; i < 50; ++i) {
            buffer += piece();
            sent += buffer;
            EXPECT_TRUE(writer.write(buffer));
            EXPECT_TRUE(buffer.empty());
        }
        reader.let();
        EXPECT_TRUE(writer.finish(buffer));
    }
    pipe.writer.reset();
    EXPECT_EQ(reader.text(), sent);
    EXPECT_EQ(hurried, (std::vector{true, false}));
}

TEST_F(BackgroundWriterTest, OnlySoMuchWaits) {
    Pipe pipe;
    LateReader reader(pipe.reader.get());
    std::string buffer;
    {
        BackgroundWriter writer(pipe.writer.get(), stop.fd());
        const auto give = [&] {
            buffer.assign(70'000'000, 'x');
            EXPECT_TRUE(writer.write(buffer));
        };
        give(); // is being written
        give(); // waits, and that is too much
        std::atomic<bool> is_taken = false;
        std::thread third([&] {
            give();
            is_taken = true;
        });
        std::this_thread::sleep_for(50ms);
        EXPECT_FALSE(is_taken);
        reader.let();
        third.join();
        EXPECT_TRUE(writer.finish(buffer));
        EXPECT_LT(buffer.capacity(), 70'000'000U) << "memory that is not needed is given back";
    }
    pipe.writer.reset();
    EXPECT_EQ(reader.text().size(), 210'000'000U);
}

TEST_F(BackgroundWriterTest, AnErrorIsToldToWhoComesNext) {
    Pipe pipe;
    BackgroundWriter writer(pipe.writer.get(), stop.fd());
    pipe.reader.reset();
    std::string buffer;
    Result<void> written;
    for (int i = 0; written && i < 1000; ++i) {
        buffer += piece();
        written = writer.write(buffer);
    }
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().error_number, EPIPE);
    EXPECT_FALSE(writer.finish(buffer));
}

TEST_F(BackgroundWriterTest, EndsThoughNobodyReads) {
    Pipe pipe;
    BackgroundWriter writer(pipe.writer.get(), stop.fd());
    std::string buffer = piece();
    EXPECT_TRUE(writer.write(buffer));
}

} // namespace
} // namespace nsscope
