//! One sentence per action of the catalog. `{field}` is the value of an input; a part in `[ ]` is said only when all
//! its inputs are there.

use crate::workflow::text::Language;

/// The sentence of an action.
pub(super) fn sentence(action: &str, language: Language) -> Option<&'static str> {
    SENTENCES.iter().find(|row| row.0 == action).map(|row| super::words::pick(language, row.1, row.2))
}

/// What an action is called in a list of changes: "Text to the customer".
pub(in crate::workflow) fn label(action: &str, language: Language) -> Option<&'static str> {
    SENTENCES.iter().find(|row| row.0 == action).map(|row| super::words::pick(language, row.3, row.4))
}

type Row = (&'static str, &'static str, &'static str, &'static str, &'static str);

const SENTENCES: &[Row] = &[
    (
        "send_sms",
        "Text {customer_id}[ ({purpose})]: “{body}”",
        "Enviar un SMS a {customer_id}[ ({purpose})]: “{body}”",
        "Text to the customer",
        "SMS al cliente",
    ),
    (
        "send_email",
        "E-mail {customer_id|to}[ ({purpose})], subject “{subject}”: “{body}”",
        "Enviar un correo a {customer_id|to}[ ({purpose})], asunto “{subject}”: “{body}”",
        "E-mail to the customer",
        "Correo al cliente",
    ),
    (
        "connect_call",
        "Ring {caller} and connect the call to {customer_id}[, saying to the caller first: “{whisper}”]",
        "Llamar a {caller} y conectar la llamada con {customer_id}[, avisando antes: “{whisper}”]",
        "Call to the customer",
        "Llamada al cliente",
    ),
    (
        "send_survey",
        "Send {customer_id} the survey “{survey_id}” by {channel}[ after {delay}]",
        "Enviar a {customer_id} la encuesta “{survey_id}” por {channel}[ después de {delay}]",
        "Survey",
        "Encuesta",
    ),
    (
        "request_review",
        "Ask {customer_id} by {channel} for a review on {platform}",
        "Pedir a {customer_id} por {channel} una reseña en {platform}",
        "Request for a review",
        "Petición de reseña",
    ),
    (
        "reply_review",
        "Answer the review in public: “{body}”",
        "Responder la reseña en público: “{body}”",
        "Public answer to the review",
        "Respuesta pública a la reseña",
    ),
    (
        "send_document",
        "Send {customer_id} the document “{document_type}” by {delivery}",
        "Enviar a {customer_id} el documento “{document_type}” por {delivery}",
        "Document to the customer",
        "Documento al cliente",
    ),
    (
        "send_payment_link",
        "Send {customer_id} by {channel} a link to pay {amount}[ {currency}] for {reason}[, valid for {expires_in}]",
        "Enviar a {customer_id} por {channel} un enlace para pagar {amount}[ {currency}] por {reason}[, válido por {expires_in}]",
        "Payment link",
        "Enlace de pago",
    ),
    (
        "issue_credit",
        "Give {customer_id} a {kind} of {amount} for {reason}",
        "Dar a {customer_id} {kind} de {amount} por {reason}",
        "Credit to the customer",
        "Crédito al cliente",
    ),
    (
        "notify_user",
        "Tell {to}[ by {channel}][ ({urgency} urgency)]: “{message}”",
        "Avisar a {to}[ por {channel}][ (urgencia {urgency})]: “{message}”",
        "Message to staff",
        "Aviso al personal",
    ),
    (
        "create_task",
        "Create a[ {priority}-priority] task for {assignee}: “{title}”[, due in {due_in}][, due {due_at}][. Notes: “{notes}”]",
        "Crear una tarea[ de prioridad {priority}] para {assignee}: “{title}”[, con plazo de {due_in}][, para {due_at}][. Notas: “{notes}”]",
        "Task",
        "Tarea",
    ),
    (
        "request_approval",
        "Ask {approver} for approval: “{subject}”[ (“{details}”)][, to be answered within {expires_in}][, choices: {options}][, without an answer: {default}]",
        "Pedir aprobación a {approver}: “{subject}”[ (“{details}”)][, con plazo de {expires_in}][, opciones: {options}][, sin respuesta: {default}]",
        "Request for approval",
        "Solicitud de aprobación",
    ),
    ("add_note", "Add a note to {id}: “{text}”", "Agregar una nota a {id}: “{text}”", "Note", "Nota"),
    (
        "generate_report",
        "Build the report “{report}”[ for {period}][ where {filters}][, grouped by {group_by}][, as {format}]",
        "Generar el informe “{report}”[ de {period}][ donde {filters}][, agrupado por {group_by}][, como {format}]",
        "Report",
        "Informe",
    ),
    (
        "find_records",
        "Find {entity}[ where {filter}][, ordered by {sort}][, at most {limit}]",
        "Buscar {entity}[ donde {filter}][, por orden de {sort}][, máximo {limit}]",
        "Search",
        "Búsqueda",
    ),
    (
        "check_consent",
        "Check whether {customer_id} may be contacted by {channel} now[ ({purpose})]",
        "Comprobar si se puede contactar a {customer_id} por {channel} ahora[ ({purpose})]",
        "Consent check",
        "Comprobación del consentimiento",
    ),
    (
        "set_consent",
        "Record consent of {customer_id}: {channel}, {purpose}, {status} (how: {method})[. Proof: {evidence}]",
        "Registrar el consentimiento de {customer_id}: {channel}, {purpose}, {status} (cómo: {method})[. Prueba: {evidence}]",
        "Consent record",
        "Registro del consentimiento",
    ),
    (
        "log_compliance_event",
        "Write to the compliance log: {kind}[, {id}][, due {due_on}][: “{details}”]",
        "Anotar en el registro de cumplimiento: {kind}[, {id}][, vence {due_on}][: “{details}”]",
        "Compliance log",
        "Registro de cumplimiento",
    ),
    (
        "create_lead",
        "Create a lead[ for {customer_id}] with source {source}[, interest: {interest}][, vehicle: {vehicle}][. Notes: “{notes}”]",
        "Crear un prospecto[ para {customer_id}] con origen {source}[, interés: {interest}][, vehículo: {vehicle}][. Notas: “{notes}”]",
        "New lead",
        "Prospecto nuevo",
    ),
    (
        "update_lead",
        "Update the lead[: status {status}][: {fields}]",
        "Actualizar el prospecto[: estado {status}][: {fields}]",
        "Update of the lead",
        "Actualización del prospecto",
    ),
    (
        "assign_lead",
        "Assign the lead[ to {assignee}][ {strategy}][, from the {pool} team][, choosing from {candidates}]",
        "Asignar el prospecto[ a {assignee}][ {strategy}][, equipo de {pool}][, eligiendo entre {candidates}]",
        "Owner of the lead",
        "Asignación del prospecto",
    ),
    (
        "update_customer",
        "Update {customer_id}: {fields}",
        "Actualizar {customer_id}: {fields}",
        "Update of the customer",
        "Actualización del cliente",
    ),
    (
        "tag_customer",
        "Tag {customer_id}[: add {add}][: remove {remove}]",
        "Etiquetar {customer_id}[: agregar {add}][: quitar {remove}]",
        "Tags of the customer",
        "Etiquetas del cliente",
    ),
    (
        "add_to_campaign",
        "Put {customer_id} into the campaign {campaign_id}[, starting {start_at}]",
        "Agregar {customer_id} a la campaña {campaign_id}[, desde {start_at}]",
        "Campaign",
        "Campaña",
    ),
    (
        "remove_from_campaign",
        "Take {customer_id} out of the campaign {campaign_id}",
        "Sacar {customer_id} de la campaña {campaign_id}",
        "Campaign",
        "Campaña",
    ),
    (
        "find_open_slots",
        "Look up free times ({kind}) from {from} to {to}[ with {assigned_to}][, {duration_min} minutes each]",
        "Buscar horarios libres ({kind}) de {from} a {to}[ con {assigned_to}][, de {duration_min} minutos]",
        "Search for free times",
        "Búsqueda de horarios libres",
    ),
    (
        "create_appointment",
        "Book an appointment ({kind}) for {customer_id} at {starts_at}[, {duration_min} minutes][, with {assigned_to}][, vehicle: {vehicle}][, needs: {needs}][. Notes: “{notes}”]",
        "Agendar una cita ({kind}) para {customer_id} a las {starts_at}[, {duration_min} minutos][, con {assigned_to}][, vehículo: {vehicle}][, requiere: {needs}][. Notas: “{notes}”]",
        "New appointment",
        "Cita nueva",
    ),
    (
        "update_appointment",
        "Update the appointment[: {status}][, new time {starts_at}][, now with {assigned_to}]",
        "Actualizar la cita[: {status}][, nueva hora {starts_at}][, ahora con {assigned_to}]",
        "Update of the appointment",
        "Actualización de la cita",
    ),
    (
        "update_deal",
        "Update the deal[: status {status}][: {fields}]",
        "Actualizar la venta[: estado {status}][: {fields}]",
        "Update of the deal",
        "Actualización de la venta",
    ),
    (
        "update_repair_order",
        "Update the repair order[: status {status}][, promised for {promised_at}][, note “{note}”]",
        "Actualizar la orden de reparación[: estado {status}][, prometida para {promised_at}][, nota “{note}”]",
        "Update of the repair order",
        "Actualización de la orden de reparación",
    ),
    (
        "order_part",
        "Order {quantity} of part {part_number}[ from {supplier}] for at most {max_cost}",
        "Pedir {quantity} de la pieza {part_number}[ a {supplier}] por un máximo de {max_cost}",
        "Part order",
        "Pedido de pieza",
    ),
    (
        "update_inventory",
        "Update the vehicle in stock[: status {status}][, location {location}][, tags {tags}][, on hold: {hold}][. Notes: “{notes}”]",
        "Actualizar el vehículo en inventario[: estado {status}][, ubicación {location}][, etiquetas {tags}][, apartado: {hold}][. Notas: “{notes}”]",
        "Update of the stock",
        "Actualización del inventario",
    ),
    (
        "change_price",
        "Change the advertised price of stock {stock}[ to {new_price}][ by {adjust_by}][ by {adjust_percent} percent], never below {floor} (reason: {reason})",
        "Cambiar el precio anunciado de la unidad {stock}[ a {new_price}][ en {adjust_by}][ en {adjust_percent} por ciento], nunca menos de {floor} (motivo: {reason})",
        "Price change",
        "Cambio de precio",
    ),
    (
        "update_listing",
        "Update the public listing of stock {stock}[: {action}][ on {platforms}][, description “{description}”]",
        "Actualizar el anuncio público de la unidad {stock}[: {action}][ en {platforms}][, descripción “{description}”]",
        "Public listing",
        "Anuncio público",
    ),
    ("decode_vin", "Decode the VIN {vin}", "Descifrar el VIN {vin}", "VIN check", "Revisión del VIN"),
    (
        "check_recalls",
        "Look up open recalls of VIN {vin}",
        "Buscar recalls abiertos del VIN {vin}",
        "Recall check",
        "Revisión de recalls",
    ),
    (
        "get_vehicle_value",
        "Look up the market value of VIN {vin}[, {odometer} miles][, condition {condition}]",
        "Buscar el valor de mercado del VIN {vin}[, {odometer} millas][, condición {condition}]",
        "Vehicle value",
        "Valor del vehículo",
    ),
    (
        "classify_text",
        "Decide what this text is about ({labels}): {text}",
        "Decidir de qué trata este texto ({labels}): {text}",
        "Reading of a text",
        "Lectura de un texto",
    ),
    (
        "draft_text",
        "Draft a text: {instruction}[, in {language}][, tone: {tone}][, at most {max_chars} characters]",
        "Redactar un borrador: {instruction}[, en {language}][, tono: {tone}][, máximo {max_chars} caracteres]",
        "Draft of a text",
        "Borrador de un texto",
    ),
    (
        "update_user_access",
        "Change access of {user_id}: {change} {systems}",
        "Cambiar los accesos de {user_id}: {change} {systems}",
        "Access of the employee",
        "Accesos del empleado",
    ),
];
