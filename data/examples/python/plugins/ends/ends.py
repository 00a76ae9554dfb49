"""The first and the last site of each layer, whatever the model: a whole tap."""
import gi

gi.require_version("Sonde", "1")
from gi.repository import GLib, GObject, Sonde  # noqa: E402


class EndsTap(GObject.Object, Sonde.Tap):
    __gtype_name__ = "EndsTap"  # called like the module, so that no other plugin has the name

    def do_dup_stages(self, model):
        sites = [site for site in model.list_sites() if site.per_layer]
        if len(sites) < 2:  # a sentence for people, as it stands; whatever else is raised is told with its file and line
            raise GLib.Error(f"{model.get_name()} has no two sites in each layer: choose another tap")
        return [Sonde.Stage.new_for_site(model, "first", "Frst", "First site", "the first site", sites[0].name, True),
                Sonde.Stage.new_for_site(model, "last", "Last", "Last site", "the last site", sites[-1].name, True)]
