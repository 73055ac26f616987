#include "app/client/line_editor.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cwchar>
#include <histedit.h>
#include <unistd.h>
#include <utility>

#ifdef __SANITIZE_ADDRESS__
#  include <sanitizer/lsan_interface.h>
#endif

namespace kv::app {

namespace {

constexpr int history_size = 1000;

} // namespace

class line_editor::impl {
public:
  explicit impl(options opts) : opts_(std::move(opts)) {
    std::setlocale(LC_CTYPE, ""); // NOLINT(concurrency-mt-unsafe)
    edit_ = el_init("kv", stdin, stdout, stderr);
    history_ = history_init();
    history(history_, &event_, H_SETSIZE, history_size);
    history(history_, &event_, H_SETUNIQUE, 1);
    if (!opts_.history_file.empty())
      history(history_, &event_, H_LOAD, opts_.history_file.c_str());
    el_set(edit_, EL_CLIENTDATA, this);
    el_set(edit_, EL_GETCFN, &read_character);
    el_set(edit_, EL_EDITOR, "emacs");
    el_set(edit_, EL_HIST, history, history_);
    el_set(edit_, EL_PROMPT, &prompt);
    el_set(edit_, EL_RPROMPT, &right_prompt);
    add_functions();
    el_source(edit_, nullptr);
    el_set(edit_, EL_BIND, "^I", "kv-complete", nullptr);
    el_set(edit_, EL_BIND, "\\040", "kv-blank", nullptr);
    el_set(edit_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
    // Reading ends when somebody presses ^C, and the line is dropped.
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(SIGINT, &action, &before_);
  }

  impl(const impl&) = delete;

  impl& operator=(const impl&) = delete;

  ~impl() {
    ::sigaction(SIGINT, &before_, nullptr);
    history_end(history_);
    el_end(edit_);
  }

  outcome read(std::string& to) {
    int size = 0;
    el_resize(edit_);
    errno = 0;
    const auto* line = el_gets(edit_, &size);
    if (line == nullptr || size <= 0) {
      auto was_interrupted = size < 0 && errno == EINTR;
      if (was_interrupted)
        el_reset(edit_);
      std::fputc('\n', stdout);
      return was_interrupted ? outcome::interrupted : outcome::end;
    }
    to.assign(line, static_cast<size_t>(size));
    while (to.ends_with('\n') || to.ends_with('\r'))
      to.pop_back();
    return outcome::line;
  }

  void remember(const std::string& line) {
    history(history_, &event_, H_ENTER, line.c_str());
    if (opts_.history_file.empty())
      return;
    auto before = ::umask(S_IRWXG | S_IRWXO); // others need not see it
    history(history_, &event_, H_SAVE, opts_.history_file.c_str());
    ::umask(before);
  }

private:
  // libedit never frees their names.
  void add_functions() {
#ifdef __SANITIZE_ADDRESS__
    const __lsan::ScopedDisabler until_exit;
#endif
    el_set(edit_, EL_ADDFN, "kv-complete", "complete the word", &on_tab);
    el_set(edit_, EL_ADDFN, "kv-blank", "insert a blank", &on_blank);
  }

  static impl& of(EditLine* edit) {
    impl* result = nullptr;
    el_get(edit, EL_CLIENTDATA, &result);
    return *result;
  }

  // libedit's own goes on after a signal.
  static int read_character(EditLine* edit, wchar_t* to) {
    auto& state = of(edit).multibyte_;
    for (char c = 0;;) {
      auto n = ::read(STDIN_FILENO, &c, 1);
      if (n <= 0)
        return static_cast<int>(n);
      // NOLINTNEXTLINE(concurrency-mt-unsafe): the state is ours
      auto used = std::mbrtowc(to, &c, 1, &state);
      if (used == static_cast<size_t>(-1))
        state = {}; // no character: dropped
      else if (used != static_cast<size_t>(-2))
        return 1;
    }
  }

  static std::string line_of(EditLine* edit) {
    const auto* line = el_line(edit);
    return {line->buffer, line->cursor};
  }

  static char* prompt(EditLine* edit) {
    return of(edit).opts_.prompt.data();
  }

  static char* right_prompt(EditLine* edit) {
    auto& self = of(edit);
    self.hint_ = self.opts_.hint(line_of(edit));
    return self.hint_.data();
  }

  // Whatever is typed fast is not redrawn, nor the hint; this is.
  static unsigned char on_blank(EditLine* edit, int) {
    return el_insertstr(edit, " ") == 0 ? CC_REFRESH : CC_ERROR;
  }

  static unsigned char on_tab(EditLine* edit, int) {
    auto line = line_of(edit);
    auto found = of(edit).complete(line);
    if (found.words.empty())
      return CC_REFRESH_BEEP;
    auto typed = line.size() - found.start;
    auto start = common_start(found.words);
    auto is_only = found.words.size() == 1;
    if (start.size() > typed || is_only) {
      el_deletestr(edit, characters(line.substr(found.start)));
      el_insertstr(edit, (start + (is_only ? " " : "")).c_str());
      return CC_REFRESH;
    }
    of(edit).show(found.words);
    return CC_REDISPLAY;
  }

  completions complete(const std::string& line) const {
    try {
      return opts_.complete(line);
    } catch (const std::exception&) {
      return {}; // The next command tells what is wrong.
    }
  }

  static int characters(const std::string& text) {
    constexpr unsigned mask = 0xC0;
    constexpr unsigned inner = 0x80;
    return static_cast<int>(
      std::count_if(text.begin(), text.end(),
                    [](unsigned char c) { return (c & mask) != inner; }));
  }

  static void show(const std::vector<std::string>& words) {
    constexpr size_t columns = 80;
    size_t width = 0;
    for (const auto& x : words)
      width = std::max(width, x.size() + 2);
    std::string text = "\n";
    size_t used = 0;
    for (const auto& x : words) {
      if (used > 0 && used + width > columns) {
        text += '\n';
        used = 0;
      }
      text += x;
      text.append(width - x.size(), ' ');
      used += width;
    }
    text += '\n';
    std::fputs(text.c_str(), stdout);
  }

  options opts_;
  EditLine* edit_ = nullptr;
  History* history_ = nullptr;
  HistEvent event_{};
  std::string hint_;
  std::mbstate_t multibyte_{};
  struct sigaction before_ {};
};

line_editor::line_editor(options opts)
  : impl_(std::make_unique<impl>(std::move(opts))) {
  // nop
}

line_editor::~line_editor() = default;

line_editor::outcome line_editor::read(std::string& to) {
  return impl_->read(to);
}

void line_editor::remember(const std::string& line) {
  impl_->remember(line);
}

} // namespace kv::app
