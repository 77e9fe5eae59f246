// Starts the pages that show the interface description.
"use strict";

// The bundle's own validator badge would ask a third party's server.
SwaggerUIBundle({
  url: "/openapi.json",
  domNode: document.getElementById("reference"),
  deepLinking: true,
  validatorUrl: null,
  docExpansion: "none",
  presets: [SwaggerUIBundle.presets.apis],
});
