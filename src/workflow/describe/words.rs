//! The words of the trade in both languages: tables of (name, English, Spanish).

use crate::workflow::text::Language;

type Words = [(&'static str, &'static str, &'static str)];

/// One of two wordings.
pub(in crate::workflow) const fn pick<'a>(language: Language, en: &'a str, es: &'a str) -> &'a str {
    match language {
        Language::En => en,
        Language::Es => es,
    }
}

/// A word of a table.
fn look_up(table: &'static Words, name: &str, language: Language) -> Option<&'static str> {
    table.iter().find(|row| row.0 == name).map(|row| pick(language, row.1, row.2))
}

/// What happened, as a clause: "a lead arrives".
pub(in crate::workflow) fn event(name: &str, language: Language) -> Option<&'static str> {
    look_up(EVENTS, name, language)
}

/// What is waited for, after "Wait up to 10 minutes": "for the customer to write back".
pub(in crate::workflow) fn awaited(name: &str, language: Language) -> Option<&'static str> {
    look_up(AWAITED, name, language)
}

/// A job role in the singular, without article.
pub(in crate::workflow) fn role(name: &str, language: Language) -> Option<&'static str> {
    look_up(ROLES, name, language)
}

/// A team.
pub(in crate::workflow) fn team(name: &str, language: Language) -> Option<&'static str> {
    look_up(TEAMS, name, language)
}

/// An entity in the singular, with its article.
pub(in crate::workflow) fn entity(name: &str, language: Language) -> Option<&'static str> {
    look_up(ENTITIES, name, language)
}

/// An entity in the plural, without article.
pub(in crate::workflow) fn entities(name: &str, language: Language) -> Option<&'static str> {
    look_up(ENTITIES_PLURAL, name, language)
}

/// A field of a record or an input of an action.
pub(in crate::workflow) fn field(name: &str, language: Language) -> Option<&'static str> {
    look_up(FIELDS, name, language)
}

/// A value of an enum.
pub(in crate::workflow) fn value(name: &str, language: Language) -> Option<&'static str> {
    look_up(VALUES, name, language)
}

/// A snake, kebab or camel case name as plain words: `third_party` → "third party", `awaitReply` → "await reply".
pub(in crate::workflow) fn plain(name: &str) -> String {
    let mut words: Vec<String> = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        let upper_after_lower = c.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit());
        if matches!(c, '_' | '-' | '.' | ' ') {
            words.push(String::new());
        } else {
            if upper_after_lower {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(c.to_lowercase());
            }
        }
        before = c;
    }
    let spelled = words.iter().filter(|word| !word.is_empty()).map(|word| match word.as_str() {
        "bdc" | "crm" | "dms" | "gm" | "hr" | "it" | "oem" | "ro" | "vin" | "id" | "sms" | "suv" | "cpo" => {
            word.to_uppercase()
        }
        "fi" => "F&I".to_owned(),
        word => word.to_owned(),
    });
    spelled.collect::<Vec<_>>().join(" ")
}

/// The first letter in upper case.
pub(in crate::workflow) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

const EVENTS: &Words = &[
    ("lead.created", "a lead arrives", "llega un prospecto"),
    ("lead.assigned", "a lead gets an owner", "se asigna un prospecto"),
    ("lead.unresponded", "a lead has had no first answer in time", "un prospecto sigue sin primera respuesta"),
    ("lead.status_changed", "a lead changes status", "un prospecto cambia de estado"),
    ("customer.message.received", "a customer writes", "un cliente escribe"),
    ("customer.opted_out", "a customer opts out", "un cliente pide no ser contactado"),
    ("customer.consent_granted", "a customer gives consent", "un cliente da su consentimiento"),
    ("customer.website_visit", "a known customer visits the website", "un cliente conocido visita el sitio web"),
    ("call.missed", "a call is missed", "se pierde una llamada"),
    ("appointment.booked", "an appointment is booked", "se agenda una cita"),
    ("appointment.changed", "an appointment is moved or reassigned", "una cita cambia de hora o de persona"),
    ("appointment.cancelled", "an appointment is cancelled", "se cancela una cita"),
    ("appointment.no_show", "a customer does not show up for an appointment", "un cliente no se presenta a su cita"),
    ("appointment.completed", "an appointment is completed", "se completa una cita"),
    ("deal.status_changed", "a deal changes status", "una venta cambia de estado"),
    ("deal.delivered", "a vehicle is delivered", "se entrega un vehículo"),
    ("deal.funding_aged", "a deal has waited too long for funding", "una venta lleva demasiado tiempo sin fondear"),
    ("credit_app.submitted", "a credit application comes in", "llega una solicitud de crédito"),
    ("credit_app.decisioned", "a lender answers a credit application", "un banco responde a una solicitud de crédito"),
    ("tradein.appraised", "a trade-in is appraised", "se valúa un auto a cuenta"),
    ("document.missing", "a required document is missing", "falta un documento requerido"),
    ("payment.received", "a payment is received", "se recibe un pago"),
    ("payment.overdue", "a payment is overdue", "un pago está vencido"),
    ("repair_order.opened", "a repair order is opened", "se abre una orden de reparación"),
    (
        "repair_order.estimate_ready",
        "an estimate is ready for the customer",
        "un presupuesto está listo para el cliente",
    ),
    ("repair_order.status_changed", "a repair order changes status", "una orden de reparación cambia de estado"),
    ("repair_order.closed", "a repair order is closed", "se cierra una orden de reparación"),
    ("service.due", "a vehicle is due for service", "a un vehículo le toca servicio"),
    ("part.arrived", "an ordered part arrives", "llega una pieza pedida"),
    ("part.backordered", "an ordered part is delayed", "se retrasa una pieza pedida"),
    (
        "recall.published",
        "a recall is published for a vehicle we know",
        "se publica un recall para un vehículo conocido",
    ),
    ("warranty.expiring", "a warranty is about to end", "una garantía está por vencer"),
    ("inventory.vehicle.added", "a vehicle comes into stock", "entra un vehículo al inventario"),
    ("inventory.vehicle.price_changed", "a vehicle's price changes", "cambia el precio de un vehículo"),
    (
        "inventory.vehicle.aged",
        "a vehicle has been in stock too long",
        "un vehículo lleva demasiado tiempo en inventario",
    ),
    (
        "inventory.vehicle.status_changed",
        "a vehicle's stock status changes",
        "cambia el estado de un vehículo en inventario",
    ),
    ("review.posted", "a public review is posted", "se publica una reseña"),
    ("survey.completed", "a survey is answered", "se contesta una encuesta"),
    ("lease.maturity_approaching", "a lease comes near its end", "un arrendamiento se acerca a su fin"),
    (
        "equity.opportunity_found",
        "an owner reaches the equity threshold",
        "un dueño alcanza el umbral de valor a favor",
    ),
    ("approval.decided", "a request for approval is decided", "se decide una solicitud de aprobación"),
    ("task.overdue", "a task is overdue", "una tarea está vencida"),
    ("employee.hired", "an employee is hired", "se contrata a un empleado"),
    ("employee.offboarded", "an employee leaves", "un empleado deja la empresa"),
    (
        "employee.license_expiring",
        "an employee's licence is about to expire",
        "la licencia de un empleado está por vencer",
    ),
    ("privacy.request_received", "a privacy request comes in", "llega una solicitud de privacidad"),
    ("security.incident_reported", "a security incident is reported", "se reporta un incidente de seguridad"),
];

const AWAITED: &Words = &[
    ("customer.message.received", "for the customer to write back", "a que el cliente responda"),
    ("approval.decided", "for the decision", "la decisión"),
    ("appointment.booked", "for an appointment to be booked", "a que se agende una cita"),
    ("appointment.changed", "for the appointment to be moved", "a que se mueva la cita"),
    ("appointment.cancelled", "for the appointment to be cancelled", "a que se cancele la cita"),
    ("appointment.completed", "for the appointment to be completed", "a que se complete la cita"),
    ("payment.received", "for the payment", "el pago"),
    ("survey.completed", "for the survey to be answered", "a que se conteste la encuesta"),
    ("deal.status_changed", "for the deal to change status", "a que la venta cambie de estado"),
    ("lead.status_changed", "for the lead to change status", "a que el prospecto cambie de estado"),
    ("repair_order.status_changed", "for the repair order to change status", "a que la orden cambie de estado"),
    ("repair_order.closed", "for the repair order to be closed", "a que se cierre la orden"),
    ("customer.website_visit", "for the customer to visit the website", "a que el cliente visite el sitio web"),
    ("task.overdue", "for a task to become overdue", "a que una tarea se venza"),
    ("part.arrived", "for the part to arrive", "a que llegue la pieza"),
    ("call.missed", "for a missed call", "una llamada perdida"),
    ("customer.opted_out", "for the customer to opt out", "a que el cliente pida no ser contactado"),
    ("deal.delivered", "for the delivery", "la entrega"),
];

const ROLES: &Words = &[
    ("bdc_agent", "BDC agent", "agente de BDC"),
    ("bdc_manager", "BDC manager", "gerente de BDC"),
    ("salesperson", "salesperson", "vendedor"),
    ("sales_manager", "sales manager", "gerente de ventas"),
    ("desk_manager", "desk manager", "gerente de mesa"),
    ("used_car_manager", "used-car manager", "gerente de seminuevos"),
    ("fi_manager", "F&I manager", "gerente de F&I"),
    ("fi_director", "F&I director", "director de F&I"),
    ("service_advisor", "service advisor", "asesor de servicio"),
    ("service_manager", "service manager", "gerente de servicio"),
    ("service_on_call", "service person on call", "responsable de guardia de servicio"),
    ("parts_manager", "parts manager", "gerente de refacciones"),
    ("controller", "controller", "contralor"),
    ("office_manager", "office manager", "gerente de oficina"),
    ("title_clerk", "title clerk", "encargado de títulos"),
    ("marketing_manager", "marketing manager", "gerente de marketing"),
    ("internet_director", "internet director", "director de internet"),
    ("hr", "HR person", "responsable de recursos humanos"),
    ("it", "IT person", "responsable de sistemas"),
    ("gm", "general manager", "gerente general"),
    ("qualified_individual", "qualified individual", "responsable de seguridad de la información"),
    ("privacy_lead", "privacy lead", "responsable de privacidad"),
    ("department_manager", "department manager", "gerente de departamento"),
    ("collector", "collector", "cobrador"),
];

const TEAMS: &Words = &[
    ("accounts", "accounts", "contabilidad"),
    ("advisors", "advisors", "asesores"),
    ("appraisers", "appraisers", "valuadores"),
    ("bdc", "BDC", "BDC"),
    ("buyers", "buyers", "compradores"),
    ("detail", "detail", "detallado"),
    ("dispatch", "dispatch", "despacho"),
    ("internet_sales", "internet sales", "ventas por internet"),
    ("loaner_desk", "loaner desk", "autos de cortesía"),
    ("managers", "managers", "gerentes"),
    ("parts", "parts", "refacciones"),
    ("photo", "photo", "fotografía"),
    ("photo_vendor", "photo vendor", "proveedor de fotos"),
    ("porters", "porters", "porteros"),
    ("recon", "recon", "reacondicionamiento"),
    ("retention", "retention", "retención"),
    ("sales", "sales", "ventas"),
    ("service_bdc", "service BDC", "BDC de servicio"),
    ("spanish_speakers", "Spanish speakers", "hispanohablantes"),
    ("title_office", "title office", "oficina de títulos"),
];

const ENTITIES: &Words = &[
    ("customer", "the customer", "el cliente"),
    ("lead", "the lead", "el prospecto"),
    ("deal", "the deal", "la venta"),
    ("appointment", "the appointment", "la cita"),
    ("repair_order", "the repair order", "la orden de reparación"),
    ("ro", "the repair order", "la orden de reparación"),
    ("vehicle", "the vehicle", "el vehículo"),
    ("part_order", "the part order", "el pedido de pieza"),
    ("task", "the task", "la tarea"),
    ("employee", "the employee", "el empleado"),
    ("user", "the employee", "el empleado"),
    ("review", "the review", "la reseña"),
    ("document", "the document", "el documento"),
    ("part", "the part", "la pieza"),
    ("consent", "the consent", "el consentimiento"),
    ("account", "the account", "la cuenta"),
    ("credit_app", "the credit application", "la solicitud de crédito"),
    ("privacy_request", "the privacy request", "la solicitud de privacidad"),
    ("incident", "the incident", "el incidente"),
    ("recall", "the recall", "el recall"),
    ("store", "the store", "la sucursal"),
    ("payment", "the payment", "el pago"),
    ("call", "the call", "la llamada"),
    ("approval", "the request", "la solicitud"),
    ("advisor", "the advisor", "el asesor"),
    ("owner", "the owner", "el responsable"),
    ("assignee", "the person in charge", "la persona a cargo"),
    ("salesperson", "the salesperson", "el vendedor"),
    ("previous_assignee", "the previous owner", "el responsable anterior"),
];

const ENTITIES_PLURAL: &Words = &[
    ("customer", "customers", "clientes"),
    ("lead", "leads", "prospectos"),
    ("deal", "deals", "ventas"),
    ("appointment", "appointments", "citas"),
    ("repair_order", "repair orders", "órdenes de reparación"),
    ("vehicle", "vehicles", "vehículos"),
    ("part_order", "part orders", "pedidos de piezas"),
    ("task", "tasks", "tareas"),
    ("employee", "employees", "empleados"),
    ("review", "reviews", "reseñas"),
    ("document", "documents", "documentos"),
    ("part", "parts", "piezas"),
    ("consent", "consents", "consentimientos"),
    ("account", "accounts", "cuentas"),
];

const FIELDS: &Words = &[
    ("after", "time limit", "tiempo límite"),
    ("wait", "wait", "espera"),
    ("timeout", "time limit", "tiempo límite"),
    ("if", "condition", "condición"),
    ("when", "condition", "condición"),
    ("while", "repeat as long as", "repetir mientras"),
    ("then", "next step", "siguiente paso"),
    ("in", "list to work through", "lista por recorrer"),
    ("body", "text", "texto"),
    ("message", "text", "texto"),
    ("text", "text", "texto"),
    ("subject", "subject", "asunto"),
    ("title", "title", "título"),
    ("summary", "summary", "resumen"),
    ("name", "name", "nombre"),
    ("version", "version", "versión"),
    ("details", "details", "detalles"),
    ("note", "note", "nota"),
    ("notes", "notes", "notas"),
    ("whisper", "whisper", "aviso al oído"),
    ("to", "recipient", "destinatario"),
    ("assignee", "assigned to", "asignada a"),
    ("assigned_to", "assigned to", "asignado a"),
    ("approver", "who approves", "quién aprueba"),
    ("caller", "who calls", "quién llama"),
    ("urgency", "urgency", "urgencia"),
    ("priority", "priority", "prioridad"),
    ("channel", "channel", "canal"),
    ("purpose", "purpose", "propósito"),
    ("due_in", "due in", "plazo"),
    ("due_at", "due", "vence"),
    ("due_on", "due", "vence"),
    ("expires_in", "time to answer", "plazo para responder"),
    ("related_to", "related to", "relacionado con"),
    ("customer_id", "customer", "cliente"),
    ("lead_id", "lead", "prospecto"),
    ("strategy", "how", "cómo"),
    ("pool", "team", "equipo"),
    ("only_on_shift", "only people on shift", "solo personas en turno"),
    ("filter", "filter", "filtro"),
    ("filters", "filters", "filtros"),
    ("sort", "order", "orden"),
    ("limit", "at most", "máximo"),
    ("exclude_opted_out", "without those who opted out", "sin quienes pidieron no ser contactados"),
    ("once", "not again within", "no repetir en"),
    ("within", "not again within", "no repetir en"),
    ("key", "counted per", "contado por"),
    ("status", "status", "estado"),
    ("new_status", "new status", "nuevo estado"),
    ("old_status", "old status", "estado anterior"),
    ("lead_type", "lead type", "tipo de prospecto"),
    ("duplicate_of", "duplicate", "duplicado"),
    ("after_hours", "outside opening hours", "fuera de horario"),
    ("kind", "kind", "tipo"),
    ("starts_at", "appointment time", "hora de la cita"),
    ("closed_at", "closing date", "fecha de cierre"),
    ("created_at", "date created", "fecha de creación"),
    ("last_day", "last day", "último día"),
    ("minutes_in_status", "minutes in this status", "minutos en este estado"),
    ("minutes_since_created", "minutes since it came in", "minutos desde que llegó"),
    ("days_in_stock", "days in stock", "días en inventario"),
    ("new_price", "new price", "precio nuevo"),
    ("old_price", "old price", "precio anterior"),
    ("price", "price", "precio"),
    ("amount", "amount", "importe"),
    ("count", "number found", "cantidad encontrada"),
    ("decision", "decision", "decisión"),
    ("intent", "meaning", "intención"),
    ("first_name", "first name", "nombre"),
    ("last_name", "last name", "apellido"),
    ("document_type", "document", "documento"),
    ("delivery", "sent by", "envío por"),
    ("entity", "records", "registros"),
    ("type", "event", "evento"),
    ("data", "condition", "condición"),
    ("cron", "time", "horario"),
    ("every", "interval", "intervalo"),
    ("stores", "stores", "sucursales"),
    ("department", "department", "departamento"),
    ("vehicle", "vehicle", "vehículo"),
    ("rating", "rating", "calificación"),
    ("language", "language", "idioma"),
    ("report", "report", "informe"),
    ("period", "period", "periodo"),
    ("format", "format", "formato"),
    ("received", "received", "recibido"),
    ("systems", "systems", "sistemas"),
    ("assignee_id", "owner", "responsable"),
    ("owner_id", "owner", "responsable"),
    ("scheduled_for", "planned time", "hora prevista"),
    ("ro_number", "repair order number", "número de la orden"),
    ("model", "model", "modelo"),
    ("make", "make", "marca"),
    ("year", "year", "año"),
    ("description", "description", "descripción"),
    ("stock", "stock number", "número de inventario"),
    ("phone", "phone", "teléfono"),
    ("address", "address", "dirección"),
    ("website", "website", "sitio web"),
    ("approve_lines", "approved lines", "líneas aprobadas"),
    ("decline_lines", "declined lines", "líneas rechazadas"),
    ("lines", "lines", "líneas"),
    ("survey_id", "survey", "encuesta"),
    ("score", "score", "puntuación"),
    ("scale_max", "highest score", "puntuación máxima"),
    ("author", "author", "autor"),
    ("platform", "site", "sitio"),
    ("review", "review", "reseña"),
    ("context", "context", "contexto"),
    ("quantity", "quantity", "cantidad"),
    ("on_hand", "number on hand", "existencias"),
    ("systems", "systems", "sistemas"),
    ("source", "source", "origen"),
    ("labels", "choices", "opciones"),
    ("choices", "choices", "opciones"),
    ("reply", "answer", "respuesta"),
    ("text", "text", "texto"),
    ("weekday", "weekday", "día de la semana"),
    ("day", "day of the month", "día del mes"),
    ("hour", "hour", "hora"),
    ("reason", "reason", "motivo"),
    ("scope", "scope", "alcance"),
    ("attempt", "attempt", "intento"),
    ("opens_at", "opening time", "hora de apertura"),
    ("closes_at", "closing time", "hora de cierre"),
    ("price_disclosure", "price disclosure", "aviso de precios"),
    ("decided_at", "date of the decision", "fecha de la decisión"),
];

const VALUES: &Words = &[
    ("internet", "internet", "internet"),
    ("phone", "phone", "teléfono"),
    ("third_party", "third party", "terceros"),
    ("oem", "OEM", "fabricante"),
    ("walk_in", "walk-in", "visita"),
    ("chat", "chat", "chat"),
    ("service_drive", "service drive", "área de servicio"),
    ("new", "new", "nuevo"),
    ("used", "used", "seminuevo"),
    ("contacted", "contacted", "contactado"),
    ("engaged", "engaged", "interesado"),
    ("appointment_set", "appointment set", "con cita"),
    ("sold", "sold", "vendido"),
    ("lost", "lost", "perdido"),
    ("dead", "dead", "descartado"),
    ("high", "high", "alta"),
    ("normal", "normal", "normal"),
    ("low", "low", "baja"),
    ("sms", "text", "SMS"),
    ("email", "e-mail", "correo"),
    ("informational", "informational", "informativo"),
    ("transactional", "transactional", "transaccional"),
    ("marketing", "marketing", "publicitario"),
    ("approved", "approved", "aprobado"),
    ("rejected", "rejected", "rechazado"),
    ("declined", "declined", "rechazado"),
    ("counteroffer", "counteroffer", "contraoferta"),
    ("approve", "approve", "aprobar"),
    ("decline", "decline", "rechazar"),
    ("question", "question", "pregunta"),
    ("other", "other", "otra cosa"),
    ("reschedule", "reschedule", "cambiar la cita"),
    ("cancel", "cancel", "cancelar"),
    ("confirm", "confirm", "confirmar"),
    ("cancelled", "cancelled", "cancelado"),
    ("confirmed", "confirmed", "confirmado"),
    ("completed", "completed", "completado"),
    ("contracted", "contracted", "contratado"),
    ("delivered", "delivered", "entregado"),
    ("funded", "funded", "fondeado"),
    ("sales", "sales", "ventas"),
    ("test_drive", "test drive", "prueba de manejo"),
    ("service", "service", "servicio"),
    ("waiting_approval", "waiting for approval", "en espera de aprobación"),
    ("waiting_parts", "waiting for parts", "en espera de piezas"),
    ("round_robin", "in turn", "por turnos"),
    ("least_loaded", "to whoever has the fewest", "a quien tenga menos"),
    ("owner", "to the current owner", "al responsable actual"),
    ("reschedule_requested", "reschedule", "cambiar la cita"),
    ("revoke", "take away", "quitar"),
    ("grant", "give", "dar"),
    ("urgent", "urgent", "urgente"),
    ("conditional", "conditional", "condicionada"),
    ("today", "today", "hoy"),
    ("google", "Google", "Google"),
    ("facebook", "Facebook", "Facebook"),
    ("yelp", "Yelp", "Yelp"),
    ("cars_com", "Cars.com", "Cars.com"),
    ("dealerrater", "DealerRater", "DealerRater"),
    ("yesterday", "yesterday", "ayer"),
    ("week", "this week", "esta semana"),
    ("last_week", "last week", "la semana pasada"),
    ("open", "open", "abierto"),
    ("closed", "closed", "cerrado"),
    ("ready", "ready", "listo"),
    ("hold", "on hold", "apartado"),
    ("invoice", "invoice", "factura"),
    ("document_request", "request for documents", "solicitud de documentos"),
    ("documents", "documents", "documentos"),
    ("booking", "booking", "reserva"),
    ("listing", "listing", "anuncio"),
    ("payment", "payment", "pago"),
    ("on_shift", "to someone on shift", "a alguien en turno"),
    ("skill", "by skill", "por habilidad"),
    ("postal", "mail", "correo postal"),
    ("portal", "the portal", "el portal"),
    ("email_link", "e-mail link", "enlace por correo"),
    ("esign", "e-signature", "firma electrónica"),
    ("adverse_action", "adverse action notice", "aviso de acción adversa"),
    ("estimate", "estimate", "presupuesto"),
    ("yes", "yes", "sí"),
];
