package meaning

import "strings"

// dictionary has words of other languages as the rules know them: German, French, Spanish, and what Italian, Portuguese and
// Dutch share with them or need most. Letters with accents are written without, ä as ae. Several words are joined with _.
var dictionary = parseDictionary(`
vorname prenom nombre_de_pila nome_proprio voornaam: first_name
nachname familienname zuname nom_de_famille apellido apellidos apellido_paterno cognome sobrenome achternaam: last_name
name_vollstaendig nom_complet nombre_completo nome_completo ansprechpartner kontaktperson: full_name
nom nombre nome naam bezeichnung benennung denominacion designation: name
benutzername nom_utilisateur nombre_usuario usuario benutzer utilisateur identifiant: username
passwort kennwort mot_de_passe contrasena clave_acceso senha wachtwoord: password_hash
anrede civilite tratamiento: salutation
titel titre titulo titolo: title
geschlecht sexe genero sexo genre: gender
geburtsdatum geburtstag geb_datum date_naissance date_de_naissance fecha_nacimiento fecha_de_nacimiento data_nascita data_nascimento geboortedatum: birth_date
geburtsort lieu_naissance lugar_nacimiento: birth_place
telefon telefonnummer tel_nr telephone telefono telefone telefoon numero_telephone numero_telefono: phone
handy mobil mobiltelefon portable movil celular cellulare: mobile
mail_adresse emailadresse courriel correo correo_electronico adresse_email adresse_mail posta_elettronica: email
firma unternehmen firmenname entreprise societe empresa azienda bedrijf razon_social raison_sociale: company
abteilung departement departamento reparto afdeling: department
beruf metier profesion fonction puesto cargo: job_title
krankenkasse versicherung hersteller lieferant fabricant fournisseur fabricante proveedor marke marque marca: brand

strasse rue calle via straat strasse_hausnummer: street
hausnummer hausnr numero_rue huisnummer: house_number
anschrift adresse direccion indirizzo endereco adres domicilio: address
plz postleitzahl code_postal codigo_postal cp cap codice_postale postcode: postal_code
ort stadt ville ciudad citta cidade stad wohnort localite localidad commune municipio: city
bundesland kanton region provincia provinz estado_provincia: region
land staat pays pais paese laenderkuerzel: country
laendercode code_pays codigo_pais: country_code
breitengrad latitud latitudine: latitude
laengengrad longitud longitudine: longitude
sprache langue idioma lingua taal: language
waehrung devise moneda valuta: currency

preis prix precio prezzo preco prijs einzelpreis stueckpreis prix_unitaire precio_unitario prezzo_unitario: unit_price
betrag summe gesamtbetrag montant montant_total importe importe_total monto importo valor bedrag: amount
gesamt gesamtpreis total_ttc totale: total
zwischensumme sous_total: subtotal
kosten cout coste costo custo gebuehr frais tarifa: cost
steuer mwst ust tva iva impuesto btw steuerbetrag: tax
mwst_satz steuersatz ust_satz taux_tva taux tipo_iva tasa aliquota satz: tax_rate
rabatt remise descuento sconto korting: discount
menge anzahl stueckzahl quantite cantidad quantita quantidade aantal: quantity
bestand lagerbestand existencias inventario: stock
gehalt lohn salaire salario sueldo stipendio: salary
saldo kontostand solde: balance
gewicht poids peso gewicht_kg: weight
alter edad: age
prozent pourcentage porcentaje percentuale: percent
bewertung note_moyenne calificacion valutazione: rating
reihenfolge ordre orden ordine sortierung posicion: position
jahr annee ano anno jaar: year

beschreibung descripcion descrizione descricao omschrijving: description
bemerkung bemerkungen notiz notizen anmerkung kommentar commentaire observaciones observacion remarque remarques note_interne comentario opmerking: comment
inhalt contenu contenido contenuto texte texto: body
grund motif motivo raison: reason
nachricht mensaje messaggio bericht: message
betreff sujet asunto oggetto: subject
kuerzel abkuerzung codigo codice: code
nummer numero rechnungsnummer rechnungsnr bestellnummer auftragsnummer kundennummer vertragsnummer versicherungsnummer kontonummer numero_facture numero_commande numero_client numero_factura numero_pedido matricule personalnummer: number
artikelnummer artikelnr referencia_producto: sku
kennzeichen matricula immatriculation: license_plate
kategorie categorie categoria fachrichtung rubrik: category
farbe couleur colore kleur: color
statut estado stato zustand situation: status
rolle ruolo rol: role
art typ tipo soort: type
prioritaet priorite prioridad priorita: priority

erstellt_am erstellt angelegt_am erstelldatum anlagedatum cree_le date_creation date_de_creation creado_en creado fecha_creacion fecha_de_creacion fecha_alta creato_il data_creazione criado_em aangemaakt_op: created_at
geaendert_am geaendert aktualisiert_am aenderungsdatum modifie_le date_modification mis_a_jour_le date_maj actualizado_en actualizado fecha_actualizacion fecha_modificacion modificado_en aggiornato_il atualizado_em gewijzigd_op: updated_at
geloescht_am supprime_le eliminado_en fecha_baja date_suppression eliminato_il: deleted_at
bestelldatum auftragsdatum date_commande fecha_pedido rechnungsdatum date_facture fecha_factura buchungsdatum belegdatum: order_date
datum fecha data_evento: event_date
beginn anfang startdatum beginn_am von_datum date_debut debut fecha_inicio inicio data_inizio inizio gueltig_ab: start_date
ende enddatum ende_am bis_datum date_fin fin fecha_fin data_fine fine gueltig_bis: end_date
faellig_am faelligkeit faelligkeitsdatum date_echeance echeance fecha_vencimiento vencimiento scadenza: due_date
bezahlt_am date_paiement fecha_pago: paid_at
letzter_login derniere_connexion ultimo_acceso: last_login
einstellungsdatum eintrittsdatum date_embauche fecha_contratacion: hire_date

aktiv actif activo attivo ativo: active
bezahlt paye pagado pagato: paid
geloescht supprime eliminado: deleted
gesperrt bloque bloqueado: locked

kunde kunden client_fr cliente clientes clienti klant klanten patienten pacientes pazienti mitarbeiter employes empleados personal aerzte arzt medecins medicos personne personnes personen personas benutzer_tab utilisateurs usuarios utenti mitglieder membres miembros schueler studenten etudiants eleves alumnos lehrer autoren auteurs: customers
produkte produkt artikel produits produit productos producto prodotti prodotto produtos waren: products
firmen unternehmen_tab lieferanten fournisseurs proveedores empresas entreprises societes fornitori: companies
kategorien categories_fr categorias categorie_it: categories
staedte villes ciudades: cities
laender paises: countries
`)

func parseDictionary(text string) map[string]string {
	words := map[string]string{}
	for line := range strings.Lines(text) {
		foreign, english, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		for word := range strings.FieldsSeq(foreign) {
			if words[word] == "" { // the first one counts
				words[word] = english
			}
		}
	}
	return words
}

var plain = strings.NewReplacer(
	"ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "á", "a", "à", "a", "â", "a", "ã", "a", "å", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ë", "e",
	"í", "i", "ì", "i", "î", "i", "ï", "i", "ñ", "n", "ó", "o", "ò", "o", "ô", "o", "õ", "o", "ú", "u", "ù", "u", "û", "u", "ø", "oe", "æ", "ae",
)

// translated gives words of other languages in English, the longest phrases first. It is false if there are none.
func translated(words []string) ([]string, bool) {
	var out []string
	found := false
	for i := 0; i < len(words); {
		n := min(4, len(words)-i)
		for ; n > 0; n-- {
			if english, ok := dictionary[plain.Replace(strings.Join(words[i:i+n], "_"))]; ok {
				out = append(out, strings.Split(english, "_")...)
				found = true
				break
			}
		}
		if n == 0 {
			out = append(out, words[i])
			n = 1
		}
		i += n
	}
	return out, found
}
