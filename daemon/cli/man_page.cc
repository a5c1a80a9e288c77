#include "cli/man_page.h"

#include <algorithm>

#include "base/list_text.h"

namespace defenderd {
namespace {

// A text that roff prints as it is. A hyphen that is typed is a minus.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
    }
  }
  return result;
}

// One line of text. A point or an apostrophe in front would be a request.
std::string line_of(std::string_view text) {
  const bool is_request = text.starts_with('.') || text.starts_with('\'');
  return (is_request ? "\\&" : "") + escaped(text) + "\n";
}

std::string bold(std::string_view text) { return "\\fB" + escaped(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + escaped(text) + "\\fR"; }

std::string capitalised(std::string text) {
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  return text;
}

// The name of a value stays as it is typed.
std::string sentence_of(const OptionModel& option) {
  const std::string first = option.help.substr(0, option.help.find_first_of(" :,;("));
  const bool is_value =
      std::find(option.choices.begin(), option.choices.end(), first) != option.choices.end();
  return (is_value ? option.help : capitalised(option.help)) + ".";
}

std::string option_text(const OptionModel& option) {
  std::string head = joined(option.names, bold);
  if (option.names.empty()) {
    head = italic(option.value);
  } else if (!option.is_flag()) {
    head += " " + italic(option.value);
  }
  std::string text = ".TP\n" + head + "\n" + line_of(sentence_of(option));
  if (!option.choices.empty()) text += line_of("One of: " + joined(option.choices) + ".");
  if (option.required) text += "Required.\n";
  if (!option.usual.empty()) text += line_of("Default: " + option.usual + ".");
  return text;
}

// Examples as they are typed, and sentences.
std::string footer_text(std::string_view footer) {
  std::string text = ".PP\n";
  bool is_example = false;
  while (!footer.empty()) {
    const std::string_view line = footer.substr(0, footer.find('\n'));
    footer.remove_prefix(std::min(line.size() + 1, footer.size()));
    const bool indented = line.starts_with("  ");
    if (indented != is_example) text += indented ? ".PP\n.RS 4\n.EX\n" : ".EE\n.RE\n.PP\n";
    is_example = indented;
    text += line_of(indented ? line.substr(2) : line);
  }
  return text + (is_example ? ".EE\n.RE\n" : "");
}

std::string command_text(const CommandModel& command) {
  std::string head = "defenderd " + command.name;
  for (const OptionModel& argument : command.arguments)
    head += argument.required ? " " + argument.value : " [" + argument.value + "]";
  std::string text = ".SS \"" + escaped(head) + "\"\n" + line_of(capitalised(command.help) + ".");
  for (const OptionModel& argument : command.arguments) {
    if (command.name != "help") text += option_text(argument);
  }
  for (const OptionModel& option : command.options) {
    if (option.names.back() != "--help") text += option_text(option);
  }
  return command.footer.empty() ? text : text + footer_text(command.footer);
}

constexpr std::string_view kDescription = R"(.SH DESCRIPTION
.B defenderd
polls Azure Resource Manager, corrects what differs from the desired state, and exports Prometheus metrics.
The desired state, a list of Azure subscriptions in YAML, says for each whether the Defender plan for AI services is on.
.BR defenderd\-desired (5)
describes it, and
.BR defenderd.yaml (5)
the settings of the daemon.
)";

constexpr std::string_view kRest = R"(.SH EXIT STATUS
0 is success and 2 an error: bad usage, a bad file, no credential.
The other codes are listed with each command.
.SH ENVIRONMENT
.TP
.B DEFENDERD_CONFIG\fR, \fBDEFENDERD_DESIRED
The settings and the desired state, where no option names them.
.TP
.B AZURE_TENANT_ID\fR, \fBAZURE_CLIENT_ID\fR, \fBAZURE_CLIENT_SECRET\fR, \fBAZURE_CLIENT_CERTIFICATE_PATH\fR, \fBAZURE_FEDERATED_TOKEN_FILE
The credential, as Azure's own tools name it.
Without them, a managed identity or the Azure CLI is used.
.TP
.B DEFENDERD_REVISION_FILE
A file with the commit of the desired state.
.TP
.B DEFENDERD_BASIC_AUTH_FILE
A file with NAME:PASSWORD, the login of commands that call a running daemon.
.TP
.B DEFENDERD_CLIENT_CERT_FILE\fR, \fBDEFENDERD_CLIENT_KEY_FILE
PEM files with the certificate, and its key, that these commands show where the daemon asks for one.
.TP
.B SSL_CERT_FILE\fR, \fBSSL_CERT_DIR
Certificates to trust instead of the system's, as in OpenSSL.
.TP
.B HTTPS_PROXY\fR, \fBNO_PROXY
A proxy for requests to Azure.
.TP
.B NO_COLOR
If it is set, output to a terminal has no colors.
.SH FILES
.TP
.I /etc/defenderd/defenderd.yaml
The settings.
.TP
.I /etc/defenderd/subscriptions.yaml
The desired state.
.TP
.I /usr/share/doc/defenderd
The documentation: README.md is the first page, config/README.md the reference of both files.
In deploy are the roles for Azure, the rules for Prometheus, the dashboards and the manifests for Kubernetes.
.SH SEE ALSO
.BR defenderd.yaml (5),
.BR defenderd\-desired (5)
)";

}  // namespace

std::string man_page(const ProgramModel& model, std::string_view version) {
  std::string text = ".\\\" Written by `defenderd man`.\n.TH DEFENDERD 8 \"\" \"defenderd " +
                     escaped(version) + "\" \"System Administration\"\n.SH NAME\n" +
                     "defenderd \\- keep Microsoft Defender for Cloud's AI threat protection as "
                     "declared\n.SH SYNOPSIS\n.B defenderd\n.I COMMAND\n.RI [ OPTION ...]\n";
  text += kDescription;
  text += ".SH COMMANDS\n";
  text += "Every command has the option " + bold("--help") + ".\n";
  for (const CommandModel& command : model.commands) text += command_text(command);
  text += kRest;
  return text;
}

}  // namespace defenderd
