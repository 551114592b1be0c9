// gatescope: arguments -> subcommand. Exit codes: 0 right, 1 failed, 2 bad use.

#include <exception>
#include <sstream>

#include "app/cli/cli.h"
#include "app/cli/language_option.h"
#include "app/cli/model_options.h"
#include "app/cli/program_name.h"
#include "app/platform/output.h"
#include "core/in_quotes.h"

namespace {

using namespace gatescope;

int complain(const char* what, int code) {
  app::note("gatescope: {}\n", printable(what));
  return code;
}

/// CLI11's message on one line, and where help is.
int complain(const CLI::App& program, const CLI::ParseError& error) {
  std::string what = error.what();
  for (char& c : what)
    if (c == '\n') c = ' ';
  if (program.get_subcommands().empty() && !program.remaining().empty()) {
    what = fmt::format("there is no subcommand '{}'", program.remaining().front());
  }
  std::string command = "gatescope";
  for (const CLI::App* chosen : program.get_subcommands()) command += " " + chosen->get_name();
  return complain(fmt::format("{}; {} --help says what would be right", what, command).c_str(), 2);
}

/// Help or the version.
int say(const CLI::App& program, const CLI::Success& success) {
  try {
    std::ostringstream text;
    program.exit(success, text, text);
    app::print_raw(text.str());
    app::finish_output();
    return 0;
  } catch (const Error& error) {
    return complain(error.what(), 1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  app::prepare_streams();
  CLI::App program{"Gatescope: watch and force the gates of recurrent networks while they learn."};
  program.name("gatescope");
  program.set_version_flag("--version", app::program_name());
  program.require_subcommand(0, 1);
  std::vector<std::string> paths;
  program.add_option("open", paths, "What the window opens: a preset, a session, a model, a text or a link");
  std::string items;
  program.add_option("--items", items,
                     "For tests: a file that says all the time what is on the window, as JSON");
  app::ModelOptions model;
  model.add_import_to(program);
  std::string language;
  app::add_language_to(program, language);
  app::Action action = [&] { return app::open_window(paths, items, model, language); };
  app::add_train(program, action);
  app::add_sample(program, action);
  app::add_trace(program, action);
  app::add_analyze(program, action);
  app::add_evaluate(program, action);
  app::add_decode(program, action);
  app::add_forecast(program, action);
  app::add_series(program, action);
  app::add_figure(program, action);
  app::add_verify(program, action);
  app::add_bench(program, action);
  app::add_presets(program, action);
  app::add_lesson(program, action);
  app::add_cells(program, action);
  app::add_screenshot(program, action);
  app::add_describe(program, action);
  try {
    program.parse(argc, argv);
    for (const char* name : {"--vocab", "--cell", "--head", "--embedding", "--invalid", "--language"}) {
      if (program.get_subcommands().empty() || program.get_option(name)->count() == 0) continue;
      app::usage("{} stands before the subcommand, where it is for the window; behind {} it is for that",
                 name, program.get_subcommands()[0]->get_name());
    }
    const int code = action();
    app::finish_output();
    return code;
  } catch (const CLI::Success& success) {  // --help, --version
    return say(program, success);
  } catch (const CLI::ParseError& error) {
    return complain(program, error);
  } catch (const app::UsageError& error) {
    return complain(error.what(), 2);
  } catch (const std::bad_alloc&) {
    return complain("out of memory: choose a smaller model, batch or text", 1);
  } catch (const std::exception& error) {
    return complain(error.what(), 1);
  }
}
