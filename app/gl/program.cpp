#include "app/gl/program.h"

#include <regex>
#include <vector>

#include "core/error.h"

namespace gatescope::gl {

namespace {

/// A shader with its includes in place. `#line L F` says that what follows is line L of files[F].
struct Source {
  std::string text = {};
  std::vector<std::string> files = {};
};

/// What every shader of ours begins with; a context of another dialect has another head.
constexpr std::string_view kVersion = "#version 330 core";

void append(Source& source, const Shaders& shaders, const std::string& file, const std::string& head = {}) {
  const std::string name = shaders.name(file);
  if (source.files.size() > 16) fail("{}: shaders include each other in a circle", name);
  const std::size_t number = source.files.size();
  source.files.push_back(name);
  const std::string text = shaders.source(file);
  static constexpr std::string_view include = "#include \"";
  std::size_t line = 1;
  if (number > 0) source.text += fmt::format("#line 1 {}\n", number);
  for (std::size_t begin = 0; begin < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view row = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    if (!head.empty() && line == 1 && row == kVersion) {
      source.text += fmt::format("{}#line 2 {}\n", head, number);
      continue;
    }
    if (!row.starts_with(include)) {
      source.text.append(row).append("\n");
      continue;
    }
    const std::size_t quote = row.find('"', include.size());
    if (quote == row.npos) fail("{}:{}: #include needs a file name in quotes", name, line);
    append(source, shaders, std::string(row.substr(include.size(), quote - include.size())));
    source.text += fmt::format("#line {} {}\n", line + 1, number);
  }
}

/// Drivers say "0:12(5): error", "0(12) : error" or "ERROR: 0:12:": number of the source string, then line.
std::string with_file_names(const std::string& log, const Source& source) {
  const std::regex place(R"((?:ERROR: )?(\d+)[:(](\d+)\)?(?:\(\d+\))?\s*:?\s*)");
  std::string out;
  for (std::size_t begin = 0; begin < log.size();) {
    const std::size_t end = std::min(log.find('\n', begin), log.size());
    const std::string row = log.substr(begin, end - begin);
    begin = end + 1;
    if (row.find_first_not_of(" \t\r") == row.npos) continue;
    if (!out.empty()) out += "; ";
    std::smatch match;
    std::size_t file = 0;
    if (std::regex_search(row, match, place, std::regex_constants::match_continuous) &&
        (file = std::stoul(match[1])) < source.files.size())
      out += fmt::format("{}:{}: {}", source.files[file], match[2].str(), match.suffix().str());
    else
      out += row;
  }
  return out;
}

template <class Shader>
Shader compile(const Context& gl, const Shaders& shaders, const std::string& file) {
  Source source;
  append(source, shaders, file, shader_head(*gl));
  Shader shader(gl);
  const char* text = source.text.c_str();
  gl->ShaderSource(shader.id(), 1, &text, nullptr);
  gl->CompileShader(shader.id());
  GLint done = 0;
  gl->GetShaderiv(shader.id(), GL_COMPILE_STATUS, &done);
  if (done == 0) {
    std::string log(4096, '\0');
    GLsizei length = 0;
    gl->GetShaderInfoLog(shader.id(), static_cast<GLsizei>(log.size()), &length, log.data());
    log.resize(static_cast<std::size_t>(length));
    fail("{}: the shader does not compile: {}", shaders.name(file), with_file_names(log, source));
  }
  return shader;
}

}  // namespace

Program::Program(const Context& gl, const Shaders& shaders, std::string_view vertex,
                 std::string_view fragment)
    : gl_(gl) {
  const std::string vertex_file = fmt::format("{}.vert", vertex);
  const std::string fragment_file = fmt::format("{}.frag", fragment);
  const auto vertex_shader = compile<VertexShader>(gl, shaders, vertex_file);
  const auto fragment_shader = compile<FragmentShader>(gl, shaders, fragment_file);
  handle_ = Handle<ProgramKind>(gl);
  gl->AttachShader(id(), vertex_shader.id());
  gl->AttachShader(id(), fragment_shader.id());
  gl->LinkProgram(id());
  gl->DetachShader(id(), vertex_shader.id());
  gl->DetachShader(id(), fragment_shader.id());
  GLint done = 0;
  gl->GetProgramiv(id(), GL_LINK_STATUS, &done);
  if (done == 0) {
    std::string log(4096, '\0');
    GLsizei length = 0;
    gl->GetProgramInfoLog(id(), static_cast<GLsizei>(log.size()), &length, log.data());
    log.resize(static_cast<std::size_t>(length));
    fail("{} and {} do not link: {}", shaders.name(vertex_file), shaders.name(fragment_file), log);
  }
}

GLint Program::uniform(const char* name) const {
  return gl_->GetUniformLocation(id(), name);
}

void Program::use() const {
  gl_->UseProgram(id());
}

}  // namespace gatescope::gl
